import Events

/// A verb of `mirrors`: what it is called with and does.
///
/// Help, the reading of arguments and the completion of shells are all made from ``all``.
package struct CommandVerb: Equatable, Sendable {
    /// What stands for an operand, so that shells know what to offer.
    package enum Operand: Equatable, Sendable {
        case mirror
        case region
        case path
        case file
        case shell
        case text
    }

    /// An option, with the name of its value where it takes one.
    package struct Option: Equatable, Sendable {
        package let name: String
        package let value: String?
        /// What the value may be, where those are few.
        package let words: [String]

        init(_ name: String, _ value: String? = nil, words: [String] = []) {
            self.name = name
            self.value = value
            self.words = words
        }
    }

    package let name: String
    /// What follows the name on the line of the help.
    package let usage: String
    package let operands: [Operand]
    package let least: Int
    /// The most operands; nil for any number.
    package let most: Int?
    package let options: [Option]
    /// Lines of the help, each of at most 58 characters.
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
    /// What says who wants a change and why, and whether it is a rehearsal.
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
            "all mirrors or some: state, since, how complete, how far",
            "behind, and why; what `mirrors` alone does, too"
        ),
        CommandVerb(
            "show",
            "ID",
            operands: [.mirror],
            1...1,
            options: [json],
            "all that is known of a mirror, as on its page"
        ),
        CommandVerb(
            "why",
            "ID [PATH]",
            operands: [.mirror, .path],
            1...2,
            options: [json],
            "why it is used or not, or for PATH, by region, and what",
            "helps (status 1 where it is used nowhere)"
        ),
        CommandVerb(
            "missing",
            "ID [--all] [--wrong]",
            operands: [.mirror],
            1...1,
            options: [Option("--all"), Option("--wrong"), json],
            "the files that it lacks, its causes first; 1,000 paths",
            "unless --all; --wrong: those of other lengths"
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
            "what happened, the oldest first: since 14:00, 2h, 3d or a",
            "date (24h), of one mirror, or of one --kind"
        ),
        CommandVerb(
            "doctor",
            options: [json],
            "a line for each part of the deployment; exit status as",
            "Nagios has it: 0 fine, 1 warning, 2 critical, 3 unknown"
        ),
        CommandVerb(
            "check",
            "FILE...",
            operands: [.file],
            nil,
            options: [json],
            "whether overrides, regions, classes or a mirror list would",
            "be taken (status 1 if not); writes nothing"
        ),
        CommandVerb(
            "traffic",
            "FILE...",
            operands: [.file],
            nil,
            options: [
                Option("--by", "WHAT", words: ["mirror", "country", "path", "reason", "hour"]),
                Option("--limit", "N"), json,
            ],
            "sums lines of LOG_REQUESTS by mirror, country, path, reason",
            "or hour; bytes by the catalog's lengths; - reads stdin"
        ),
        CommandVerb(
            "disable",
            "ID --reason TEXT [--until T]",
            operands: [.mirror],
            1...1,
            options: [Option("--until", "TIME")] + noted,
            "sends nobody there any more, within seconds; until a time",
            "(12h, 3d, 2026-12-01), or until it is enabled"
        ),
        CommandVerb(
            "enable",
            "ID",
            operands: [.mirror],
            1...1,
            options: noted,
            "takes back what disable did"
        ),
        CommandVerb(
            "set",
            "ID KEY=VALUE...",
            operands: [.mirror, .text],
            2...64,
            options: noted,
            "overrides settings of a mirror: weight=50 maxShare=10;",
            "held against what leader would take before it is written"
        ),
        CommandVerb(
            "unset",
            "ID KEY...",
            operands: [.mirror, .text],
            2...64,
            options: noted,
            "takes overrides back"
        ),
        CommandVerb(
            "edit",
            options: noted,
            "opens overrides.json in $VISUAL or $EDITOR, and writes it",
            "once leader would take it; names the line until then"
        ),
        CommandVerb(
            "add",
            "NAME --country CODE URL...",
            operands: [.text],
            2...65,
            options: [Option("--country", "CODE"), Option("--region", "REGION")] + noted,
            "lists a mirror in own-mirrors.json, which every import",
            "joins with the list that MIRRORS names"
        ),
        CommandVerb(
            "import",
            "FILE",
            operands: [.file],
            1...1,
            options: noted,
            "adds the mirrors of a list: what `mirrorbits list -http",
            "-rsync -ftp -location` prints, mirmon's list, or one of",
            "those that leader reads (status 1 where one is left out)"
        ),
        CommandVerb(
            "remove",
            "ID",
            operands: [.mirror],
            1...1,
            options: noted,
            "takes one that was added out of the list again"
        ),
        CommandVerb(
            "scan",
            "ID [--seconds N]",
            operands: [.mirror],
            1...1,
            options: [Option("--seconds", "N"), json],
            "checks it now, for a minute or N seconds, and shows what",
            "changed; by GATEWAY_URL, or by the program checker here"
        ),
        CommandVerb(
            "hold",
            "REGION --reason TEXT [--until T]",
            operands: [.region],
            1...1,
            options: [Option("--until", "TIME")] + noted,
            "keeps the map of a region as it is, for a day or until T"
        ),
        CommandVerb(
            "release",
            "REGION",
            operands: [.region],
            1...1,
            options: noted,
            "lets builder replace it again"
        ),
        CommandVerb(
            "completion",
            "SHELL",
            operands: [.shell],
            1...1,
            "completion for bash, zsh or fish, to be sourced"
        ),
    ]

    static let stateWords = [
        "disabled", "not-listed", "down", "refuses-us", "not-itself", "empty", "behind",
        "incomplete", "not-asked", "partly-down", "in-use",
    ]

    static let eventKinds = Event.Kind.all.map(\.rawValue)

    /// The part of the help that tells of the verbs.
    package static var help: String {
        var lines: [String] = []
        for verb in all {
            let label = "  mirrors \(verb.name)" + (verb.usage.isEmpty ? "" : " \(verb.usage)")
            let isLong = label.count > 31
            if isLong { lines.append(label) }
            for (index, line) in verb.help.enumerated() {
                let start = index == 0 && !isLong ? label : ""
                let padding = String(repeating: " ", count: max(1, 33 - start.count))
                lines.append(start + padding + line)
            }
        }
        return lines.joined(separator: "\n")
    }
}
