# fish completion for guard:
#   guard completions fish > ~/.config/fish/completions/guard.fish
function __guard_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l found (command guard __complete $words[2..-1] "$current" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete --command guard --no-files --keep-order --arguments '(__guard_complete)'
