import Events
import StatusFacts

/// A verb of `mirrors`, with its operands, options and help.
///
/// Help, parsing and shell completion are all generated from ``all``.
package struct CommandVerb: Equatable, Sendable {
    /// The kind of an operand, which tells shells what to offer.
    package enum Operand: Equatable, Sendable {
        case mirror
        case region
        case path
        case file
        case shell
        case text
    }

    /// An option, with the name of its value if it takes one.
    package struct Option: Equatable, Sendable {
        package let name: String
        package let value: String?
        /// The possible values, if there are few.
        package let words: [String]

        init(_ name: String, _ value: String? = nil, words: [String] = []) {
            self.name = name
            self.value = value
            self.words = words
        }
    }

    package let name: String
    /// The text after the name in the help.
    package let usage: String
    package let operands: [Operand]
    package let least: Int
    /// The maximum number of operands; nil for no limit.
    package let most: Int?
    package let options: [Option]
    /// Lines of the help, at most 55 characters each.
    package let help: [String]

    init(
        _ name: String,
        _ usage: String = "",
        operands: [Operand] = [],
        _ counts: ClosedRange<Int>? = 0...0,
        options: [Option] = [],
        _ help: String...
    ) {
        self.name = name
        self.usage = usage
        self.operands = operands
        least = counts?.lowerBound ?? 1
        most = counts?.upperBound
        self.options = options
        self.help = help
    }
}

extension CommandVerb {
    static let json = Option("--json")
    /// The options of verbs that change something: author, reason and dry run.
    static let noted = [
        Option("--reason", "TEXT"), Option("--by", "NAME"), Option("--dry-run"), json,
    ]

    /// The verbs, in the order of the help.
    package static let all: [CommandVerb] = [
        CommandVerb(
            "list",
            "[--problems] [--down] …",
            options: [
                Option("--problems"), Option("--down"), Option("--unused"), Option("--behind"),
                Option("--disabled"), Option("--state", "WORD", words: stateWords),
                Option("--region", "REGION"), Option("--country", "CODE"), json,
            ],
            "list mirrors with their state, completeness and lag;",
            "the default"
        ),
        CommandVerb(
            "show",
            "ID",
            operands: [.mirror],
            1...1,
            options: [json],
            "show everything about a mirror, as on its page"
        ),
        CommandVerb(
            "why",
            "ID [PATH]",
            operands: [.mirror, .path],
            1...2,
            options: [json],
            "explain by region why it is used or not, for all paths",
            "or PATH, and what helps (status 1: not used anywhere)"
        ),
        CommandVerb(
            "missing",
            "ID [--all] [--wrong]",
            operands: [.mirror],
            1...1,
            options: [Option("--all"), Option("--wrong"), json],
            "list the files that it lacks, causes first; at most",
            "1,000 without --all; --wrong: those of wrong length"
        ),
        CommandVerb(
            "events",
            "[ID] [--since T] …",
            operands: [.mirror],
            0...1,
            options: [
                Option("--since", "TIME"), Option("--until", "TIME"),
                Option("--kind", "KIND", words: eventKinds), json,
            ],
            "list events, oldest first, since 14:00, 2h, 3d or a",
            "date (24h); of one mirror, of one --kind"
        ),
        CommandVerb(
            "doctor",
            options: [json],
            "check each part of the deployment; exit status like",
            "Nagios: 0 fine, 1 warning, 2 critical, 3 unknown"
        ),
        CommandVerb(
            "check",
            "FILE...",
            operands: [.file],
            nil,
            options: [json],
            "validate overrides, regions, classes or a mirror list",
            "(status 1: invalid); writes nothing"
        ),
        CommandVerb(
            "traffic",
            "FILE...",
            operands: [.file],
            nil,
            options: [
                Option("--by", "WHAT", words: ["mirror", "country", "path", "reason", "hour"]),
                Option("--limit", "N"), Option("--suspects"), json,
            ],
            "sum LOG_REQUESTS lines by mirror, country, path, reason",
            "or hour; bytes are the catalog's; PASSED OVER counts",
            "retries and ?avoid=, and --suspects has the checker ask",
            "mirrors with the most of them first; -: standard input"
        ),
        CommandVerb(
            "disable",
            "ID --reason TEXT [--until T]",
            operands: [.mirror],
            1...1,
            options: [Option("--until", "TIME")] + noted,
            "stop using it within seconds, until a time (12h, 3d,",
            "2026-12-01) or until it is enabled"
        ),
        CommandVerb(
            "enable",
            "ID",
            operands: [.mirror],
            1...1,
            options: noted,
            "undo disable"
        ),
        CommandVerb(
            "set",
            "ID KEY=VALUE...",
            operands: [.mirror, .text],
            2...64,
            options: noted,
            "override settings of a mirror, as in weight=50",
            "maxShare=10; validated before they are written"
        ),
        CommandVerb(
            "unset",
            "ID KEY...",
            operands: [.mirror, .text],
            2...64,
            options: noted,
            "remove overrides"
        ),
        CommandVerb(
            "edit",
            options: noted,
            "edit overrides.json in $VISUAL or $EDITOR; an invalid",
            "file is not written, and the faulty line is named"
        ),
        CommandVerb(
            "add",
            "NAME --country CODE URL...",
            operands: [.text],
            2...65,
            options: [Option("--country", "CODE"), Option("--region", "REGION")] + noted,
            "add a mirror to own-mirrors.json, which every import",
            "merges with the list of MIRRORS"
        ),
        CommandVerb(
            "import",
            "FILE",
            operands: [.file],
            1...1,
            options: noted,
            "add the mirrors of a list: the output of `mirrorbits",
            "list -http -rsync -ftp -location`, a mirmon list, or a",
            "format that leader reads (status 1: some left out)"
        ),
        CommandVerb(
            "remove",
            "ID",
            operands: [.mirror],
            1...1,
            options: noted,
            "remove a mirror that was added"
        ),
        CommandVerb(
            "scan",
            "ID [--seconds N]",
            operands: [.mirror],
            1...1,
            options: [Option("--seconds", "N"), json],
            "check it now, for a minute or N seconds, and show what",
            "changed; uses GATEWAY_URL or the local checker program"
        ),
        CommandVerb(
            "hold",
            "REGION --reason TEXT [--until T]",
            operands: [.region],
            1...1,
            options: [Option("--until", "TIME")] + noted,
            "keep a region's map as it is, for a day or until T"
        ),
        CommandVerb(
            "release",
            "REGION",
            operands: [.region],
            1...1,
            options: noted,
            "end a hold"
        ),
        CommandVerb(
            "completion",
            "SHELL",
            operands: [.shell],
            1...1,
            "print completion for bash, zsh or fish, to be sourced"
        ),
    ]

    static let stateWords = Verdict.Word.allCases.map(\.rawValue)

    static let eventKinds = Event.Kind.all.map(\.rawValue)

    /// The part of the help that lists the verbs, in 80 columns.
    package static var help: String {
        var lines: [String] = []
        for verb in all {
            let label = "  \(verb.name)" + (verb.usage.isEmpty ? "" : " \(verb.usage)")
            let isLong = label.count > 23
            if isLong { lines.append(label) }
            for (index, line) in verb.help.enumerated() {
                let start = index == 0 && !isLong ? label : ""
                let padding = String(repeating: " ", count: max(1, 25 - start.count))
                lines.append(start + padding + line)
            }
        }
        return lines.joined(separator: "\n")
    }
}
