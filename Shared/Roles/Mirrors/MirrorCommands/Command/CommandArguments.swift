package import FunctionRuntime

/// The arguments of a call, matched with the table of verbs.
package struct CommandArguments: Equatable, Sendable {
    package let verb: CommandVerb
    package private(set) var operands: [String] = []
    private var flags: Set<String> = []
    private var values: [String: String] = [:]

    /// Throws `FunctionError.badRequest(_:)` if they are not understood.
    ///
    /// Without a verb, and if an option comes first, the verb is `list`.
    package init(_ arguments: [String]) throws(FunctionError) {
        var words = arguments[...]
        let name = words.first.map { $0.hasPrefix("--") ? "list" : $0 } ?? "list"
        if words.first == name { words.removeFirst() }
        guard let verb = CommandVerb.all.first(where: { $0.name == name }) else {
            let nearest = Spelling.nearest(to: name, among: CommandVerb.all.map(\.name))
            let hint = nearest.map { ": did you mean \($0)?" } ?? ": see mirrors --help"
            throw .badRequest("\"\(name)\" is not a verb\(hint)")
        }
        self.verb = verb
        var isOver = false
        while let word = words.popFirst() {
            guard !isOver, word.hasPrefix("--") else {
                operands.append(word)
                continue
            }
            if word == "--" {
                isOver = true
                continue
            }
            try take(word, &words)
        }
        guard operands.count >= verb.least, operands.count <= verb.most ?? .max else {
            throw .badRequest("expected mirrors \(verb.name) \(verb.usage)")
        }
    }

    private mutating func take(
        _ word: String,
        _ words: inout ArraySlice<String>
    ) throws(FunctionError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = verb.options.first(where: { $0.name == name }) else {
            let known = verb.options.map(\.name).joined(separator: ", ")
            throw .badRequest("\(verb.name) has no \(name); known: \(known)")
        }
        guard let valueName = option.value else {
            guard parts.count == 1 else { throw .badRequest("\(name) takes no value") }
            flags.insert(name)
            return
        }
        guard let value = parts.count == 2 ? String(parts[1]) : words.popFirst() else {
            throw .badRequest("\(name): expected \(valueName)")
        }
        guard option.words.isEmpty || option.words.contains(value) else {
            throw .badRequest(
                "\(name): expected one of \(option.words.joined(separator: ", ")), found "
                    + "\"\(value)\""
            )
        }
        values[name] = value
    }

    package func has(_ flag: String) -> Bool { flags.contains(flag) }

    package func value(_ option: String) -> String? { values[option] }

    /// Whether JSON output is requested.
    package var wantsJSON: Bool { has("--json") }
}
