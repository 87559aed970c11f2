# bash completion for guard: source it, or put it where bash-completion looks:
#   guard completions bash > ~/.local/share/bash-completion/completions/guard
_guard() {
    local word prefix line cur=${COMP_WORDS[COMP_CWORD]} IFS=$' \t\n'
    local -a words=()
    local -i i glued=0
    # bash takes --format=json and a:b apart; they are put together again.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == [=:]* && ${#words[@]} -gt 0 ]]; then
            words[${#words[@]}-1]+=$word
            glued=1
        elif ((glued)); then
            words[${#words[@]}-1]+=$word
            glued=0
        else
            words+=("$word")
        fi
    done
    [[ $cur == [=:] ]] && cur=
    word=${words[${#words[@]}-1]}
    prefix=${word%"$cur"}
    COMPREPLY=()
    while IFS= read -r line; do
        line=${line%%$'\t'*}
        COMPREPLY+=("${line#"$prefix"}")
    done < <(command guard __complete "${words[@]}" 2>/dev/null)
    # Where guard knows nothing, bash completes names of files.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}
complete -o bashdefault -o default -F _guard guard
