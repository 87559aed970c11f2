#compdef guard
# zsh completion for guard: put it into a folder of $fpath, before compinit runs:
#   guard completions zsh > "${fpath[1]}/_guard"
_guard() {
    local line value about
    local -a values
    while IFS= read -r line; do
        value=${line%%$'\t'*}
        about=
        [[ $line == *$'\t'* ]] && about=${line#*$'\t'}
        values+=("${value//:/\\:}:$about")
    done < <(command guard __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    if (( ${#values} )); then
        _describe -V guard values
    else
        _files
    fi
}
if [[ $funcstack[1] == _guard ]]; then
    _guard "$@"
else
    compdef _guard guard
fi
