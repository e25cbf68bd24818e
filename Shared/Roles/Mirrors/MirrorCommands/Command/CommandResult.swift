package import JSON

/// The result of a verb: as text, as JSON, and as an exit status.
package struct CommandResult: Equatable, Sendable {
    package var text: String
    package var json: JSONValue
    package var status: Int32

    package init(_ text: String, _ json: JSONValue, status: Int32 = 0) {
        self.text = text
        self.json = json
        self.status = status
    }
}
