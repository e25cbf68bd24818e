import Foundation
import TestSupport
import Testing

/// Common download programs, with the settings that docs/clients.md shows.
///
/// Each test has its own redirector, which has not seen its client before.
@Suite(.clientNetwork) struct ClientTests {
    static let document = "docs/clients.md"
    /// The redirector's name in the document.
    static let host = "https://distfiles.example.org"
    static let file = "distfiles/example-1.0.tar.xz"

    let network: ClientNetwork

    init() throws {
        network = try #require(ClientNetworkTrait.current)
    }

    /// The stanza `name` with `redirector` in place of the documented host.
    func stanza(
        _ name: String,
        _ redirector: Redirector,
        _ more: KeyValuePairs<String, String> = [:]
    ) throws -> String {
        var stanza = try DocumentedStanza(name, in: Self.document)
            .filled([Self.host: redirector.url])
        for (place, value) in more {
            guard stanza.contains(place) else {
                throw DocumentedStanza.Fault.without(place, name: name)
            }
            stanza.replace(place, with: value)
        }
        return stanza
    }

    /// Whether the file at `path` equals the master's at `name`.
    func isWhole(_ path: String, _ name: String) throws -> Bool {
        FileManager.default.contents(atPath: path) == (try network.content(of: name))
    }

    /// Runs the stanza `name`, which is a command, in `folder`.
    @discardableResult
    func run(
        _ name: String,
        _ redirector: Redirector,
        _ more: KeyValuePairs<String, String> = [:],
        in folder: TemporaryFolder
    ) throws -> FunctionResult {
        let script = try stanza(name, redirector, more)
        return try ClientTool.run("sh", ["-c", script], in: folder.path)
    }
}
