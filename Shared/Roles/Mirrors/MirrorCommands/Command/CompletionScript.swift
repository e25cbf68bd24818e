import FunctionRuntime
import JSON

/// Shell completion, generated from the table of verbs.
///
/// Ids of mirrors and regions are queried on demand. Scripts take them from `mirrors list --json`,
/// which saves a verb only for completion.
enum CompletionScript {
    static let shells = ["bash", "zsh", "fish"]

    static func run(_ shell: String) throws(FunctionError) -> CommandResult {
        let text: String
        switch shell {
        case "bash": text = bash
        case "zsh": text = zsh
        case "fish": text = fish
        default:
            throw .badRequest("completion: expected bash, zsh or fish, found \"\(shell)\"")
        }
        return CommandResult(text, ["shell": .string(shell), "script": .string(text)])
    }

    private static let ids =
        #"mirrors list --json 2>/dev/null | grep -o '"id":"[^"]*","name"' | cut -d'"' -f4"#

    private static var verbs: String { CommandVerb.all.map(\.name).joined(separator: " ") }

    private static var bash: String {
        var cases = ""
        for verb in CommandVerb.all {
            let options = verb.options.map(\.name).joined(separator: " ")
            let words: String
            switch verb.operands.first {
            case .mirror: words = #"words="\#(options) $(\#(ids))";;"#
            case .shell: words = #"words="\#(shells.joined(separator: " "))";;"#
            case .file: words = #"words="\#(options)"; COMPREPLY=($(compgen -f -- "$word"));;"#
            default: words = #"words="\#(options)";;"#
            }
            cases += "        \(verb.name)) \(words)\n"
        }
        var values = ""
        var seen: Set<String> = []
        for option in CommandVerb.all.flatMap(\.options) where !option.words.isEmpty {
            guard seen.insert(option.name + option.words[0]).inserted else { continue }
            let verb = CommandVerb.all.first { $0.options.contains(option) }?.name ?? ""
            let words = option.words.joined(separator: " ")
            values += "        \(verb):\(option.name)) words=\"\(words)\";;\n"
        }
        return """
            _mirrors_words() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=
                local verb=${COMP_WORDS[1]}
                COMPREPLY=()
                if [ "$COMP_CWORD" = 1 ]; then
                    COMPREPLY=($(compgen -W "\(verbs) --help --version" -- "$word"))
                    return
                fi
                case $verb in
            \(cases.dropLast())
                esac
                case $verb:$before in
            \(values.dropLast())
                esac
                COMPREPLY+=($(compgen -W "$words" -- "$word"))
            }
            complete -F _mirrors_words mirrors
            """
    }

    /// Bash's function through zsh's compatibility layer.
    ///
    /// As a file in `fpath`, it is loaded by the first completion, which it then also answers.
    private static var zsh: String {
        """
        #compdef mirrors
        autoload -U +X bashcompinit && bashcompinit
        \(bash)
        if [[ $funcstack[1] = _mirrors ]]; then
            _bash_complete -F _mirrors_words
        fi
        """
    }

    private static var fish: String {
        var lines = ["complete -c mirrors -f"]
        for verb in CommandVerb.all {
            let help = verb.help.joined(separator: " ").filter { $0 != "'" && $0 != "`" }
            lines.append(
                "complete -c mirrors -n __fish_use_subcommand -a \(verb.name) -d '\(help)'"
            )
            let from = "-n '__fish_seen_subcommand_from \(verb.name)'"
            for option in verb.options {
                let value = option.value == nil ? "" : " -x"
                let words =
                    option.words.isEmpty ? "" : " -a '\(option.words.joined(separator: " "))'"
                lines.append(
                    "complete -c mirrors \(from) -l \(option.name.dropFirst(2))\(value)\(words)"
                )
            }
            switch verb.operands.first {
            case .mirror: lines.append("complete -c mirrors \(from) -a '(\(fishIDs))'")
            case .shell:
                lines.append("complete -c mirrors \(from) -a '\(shells.joined(separator: " "))'")
            case .file: lines.append("complete -c mirrors \(from) -F")
            default: break
            }
        }
        return lines.joined(separator: "\n")
    }

    private static let fishIDs =
        #"mirrors list --json 2>/dev/null | string match -ar "\"id\":\"([^\"]*)\",\"name\"" -g"#
}
