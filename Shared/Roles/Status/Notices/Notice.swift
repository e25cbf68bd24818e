import JSON
package import Mirrors
package import StatusFacts
package import Time

/// A message about a mirror: a problem began, changed, or ended.
package struct Notice: Equatable, Sendable {
    package enum Kind: String, Sendable {
        case begun
        case changed
        case ended
    }

    package let kind: Kind
    package let mirror: Mirror.ID
    package let name: String
    package let country: String
    /// The word for the problem, even after it ended.
    package let word: Verdict.Word
    /// The previous problem, if one turned into another.
    package let was: Verdict.Word?
    /// Since when it has been so.
    package let since: Timestamp
    package let sentence: String
    package let remedy: String

    /// A line of plain text, which chat programs show unchanged.
    package func text(page: String?) -> String {
        var text: String
        switch kind {
        case .begun: text = "\(name) (\(mirror)): \(word.text) since \(since.dateText) UTC"
        case .changed:
            text =
                "\(name) (\(mirror)): \(was?.text ?? ""), now \(word.text) since \(since.dateText) "
                + "UTC"
        case .ended: text = "\(name) (\(mirror)): no longer \(word.text)"
        }
        if kind != .ended, !sentence.isEmpty { text += ": \(sentence)" }
        return text + (page.map { ". \($0)" } ?? "")
    }

    /// The message as JSON; `contact` is that of the mirror's administrators.
    func json(page: String?, contact: String?) -> JSONObject {
        var object: JSONObject = [
            "version": 1, "kind": .string(kind.rawValue), "mirror": .string(mirror),
            "name": .string(name), "country": .string(country), "state": .string(word.rawValue),
        ]
        object["was"] = was.map { .string($0.rawValue) }
        object["since"] = .string("\(since)")
        object["why"] = .string(sentence)
        object["remedy"] = .string(remedy)
        object["page"] = page.map { .string($0) }
        object["contact"] = contact.map { .string($0) }
        object["text"] = .string(text(page: page))
        return object
    }
}
