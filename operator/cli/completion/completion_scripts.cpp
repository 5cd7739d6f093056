#include "operator/cli/completion/completion.hpp"

namespace bursar::cli {
namespace {

// readline splits words at `=` and `:` (COMP_WORDBREAKS) and replaces only the last part: it gets the candidates of
// `--output=j` without `--output=`.
constexpr const char* kBash = R"script(# Completion of bursar in bash. Load it with: source <(bursar completion bash)
_bursar() {
    local -a words=()
    local line=${COMP_LINE:0:COMP_POINT} candidate answer directive=4
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    answer=$("${words[0]}" __complete "${words[@]:1}" 2>/dev/null) || return 0
    COMPREPLY=()
    while IFS= read -r candidate; do
        case $candidate in
            :*) directive=${candidate#:} ;;
            *) COMPREPLY+=("${candidate%%$'\t'*}") ;;
        esac
    done <<<"$answer"
    local word=${words[${#words[@]} - 1]}
    if [[ $word == -*=* && $COMP_WORDBREAKS == *=* ]]; then
        COMPREPLY=("${COMPREPLY[@]#*=}")
    fi
    if ((directive == 0)); then
        compopt -o default
    fi
}
complete -F _bursar bursar kubectl-bursar
)script";

constexpr const char* kZsh = R"script(#compdef bursar kubectl-bursar
# Completion of bursar in zsh. Load it with: source <(bursar completion zsh)
_bursar() {
    local -a candidates
    local line directive=4
    for line in "${(@f)$("${words[1]}" __complete "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
        case $line in
            :*) directive=${line#:} ;;
            ?*) candidates+=("${${line//:/\\:}/$'\t'/:}") ;;
        esac
    done
    if ((directive == 0)); then
        _files
    elif ((${#candidates})); then
        _describe bursar candidates
    fi
}
if [ "${funcstack[1]}" = "_bursar" ]; then
    _bursar
else
    compdef _bursar bursar kubectl-bursar
fi
)script";

}  // namespace

std::string completionScript(const std::string& shell) { return shell == "zsh" ? kZsh : kBash; }

}  // namespace bursar::cli
