import Events
import StatusFacts

/// A verb of `mirrors`, with its operands, options and help.
///
/// Help, parsing and shell completion are all generated from ``all``, which also runs the verbs.
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
    /// Carries out a call of the verb.
    let run: @Sendable (CommandCall) throws -> CommandResult

    init(
        _ name: String,
        _ usage: String = "",
        operands: [Operand] = [],
        _ counts: ClosedRange<Int>? = 0...0,
        options: [Option] = [],
        _ help: String...,
        run: @escaping @Sendable (CommandCall) throws -> CommandResult
    ) {
        self.name = name
        self.usage = usage
        self.operands = operands
        least = counts?.lowerBound ?? 1
        most = counts?.upperBound
        self.options = options
        self.help = help
        self.run = run
    }

    package static func == (left: CommandVerb, right: CommandVerb) -> Bool {
        left.name == right.name
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
        ) { try $0.listMirrors() },
        CommandVerb(
            "show",
            "ID",
            operands: [.mirror],
            1...1,
            options: [json],
            "show everything about a mirror, as on its page"
        ) { try $0.show() },
        CommandVerb(
            "why",
            "ID [PATH]",
            operands: [.mirror, .path],
            1...2,
            options: [json],
            "explain by region why it is used or not, for all paths",
            "or PATH, and what helps (status 1: not used anywhere)"
        ) { try $0.why() },
        CommandVerb(
            "missing",
            "ID [--all] [--wrong]",
            operands: [.mirror],
            1...1,
            options: [Option("--all"), Option("--wrong"), json],
            "list the files that it lacks, causes first; at most",
            "1,000 without --all; --wrong: those of wrong length"
        ) { try $0.missing() },
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
        ) { try $0.events() },
        CommandVerb(
            "doctor",
            options: [json],
            "check each part of the deployment; exit status like",
            "Nagios: 0 fine, 1 warning, 2 critical, 3 unknown"
        ) { try $0.doctor() },
        CommandVerb(
            "check",
            "FILE...",
            operands: [.file],
            nil,
            options: [json],
            "validate overrides, regions, classes or a mirror list",
            "(status 1: invalid); writes nothing"
        ) { try $0.check() },
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
        ) { try $0.traffic() },
        CommandVerb(
            "disable",
            "ID --reason TEXT [--until T]",
            operands: [.mirror],
            1...1,
            options: [Option("--until", "TIME")] + noted,
            "stop using it within seconds, until a time (12h, 3d,",
            "2026-12-01) or until it is enabled"
        ) { try $0.change().disable() },
        CommandVerb(
            "enable",
            "ID",
            operands: [.mirror],
            1...1,
            options: noted,
            "undo disable"
        ) { try $0.change().enable() },
        CommandVerb(
            "set",
            "ID KEY=VALUE...",
            operands: [.mirror, .text],
            2...64,
            options: noted,
            "override settings of a mirror, as in weight=50",
            "maxShare=10; validated before they are written"
        ) { try $0.change().set() },
        CommandVerb(
            "unset",
            "ID KEY...",
            operands: [.mirror, .text],
            2...64,
            options: noted,
            "remove overrides"
        ) { try $0.change().unset() },
        CommandVerb(
            "edit",
            options: noted,
            "edit overrides.json in $VISUAL or $EDITOR; an invalid",
            "file is not written, and the faulty line is named"
        ) { try $0.edit() },
        CommandVerb(
            "add",
            "NAME --country CODE URL...",
            operands: [.text],
            2...65,
            options: [Option("--country", "CODE"), Option("--region", "REGION")] + noted,
            "add a mirror to own-mirrors.json, which every import",
            "merges with the list of MIRRORS"
        ) { try $0.add() },
        CommandVerb(
            "import",
            "FILE",
            operands: [.file],
            1...1,
            options: noted,
            "add the mirrors of a list: the output of `mirrorbits",
            "list -http -rsync -ftp -location`, a mirmon list, or a",
            "format that leader reads (status 1: some left out)"
        ) { try $0.importList() },
        CommandVerb(
            "remove",
            "ID",
            operands: [.mirror],
            1...1,
            options: noted,
            "remove a mirror that was added"
        ) { try $0.remove() },
        CommandVerb(
            "scan",
            "ID [--seconds N]",
            operands: [.mirror],
            1...1,
            options: [Option("--seconds", "N"), json],
            "check it now, for a minute or N seconds, and show what",
            "changed; uses GATEWAY_URL or the local checker program"
        ) { try $0.scan() },
        CommandVerb(
            "hold",
            "REGION --reason TEXT [--until T]",
            operands: [.region],
            1...1,
            options: [Option("--until", "TIME")] + noted,
            "keep a region's map as it is, for a day or until T"
        ) { try $0.hold().hold() },
        CommandVerb(
            "release",
            "REGION",
            operands: [.region],
            1...1,
            options: noted,
            "end a hold"
        ) { try $0.hold().release() },
        CommandVerb(
            "completion",
            "SHELL",
            operands: [.shell],
            1...1,
            "print completion for bash, zsh or fish, to be sourced"
        ) { try $0.completion() },
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
