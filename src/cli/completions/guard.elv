# elvish completion for guard:
#   guard completions elvish >> ~/.config/elvish/rc.elv
use str
set edit:completion:arg-completer[guard] = {|@words|
    try {
        e:guard __complete $@words[1..] 2>/dev/null | from-lines | each {|line|
            var @parts = (str:split "\t" $line)
            if (> (count $parts) 1) {
                edit:complex-candidate $parts[0] &display=$parts[0]' ('$parts[1]')'
            } else {
                put $parts[0]
            }
        }
    } catch { }
}
