import Bytes
import Glibc
import Linux

/// A secret of the deployment: a file in `SECRETS_DIR`, by default where OpenFaaS mounts secrets.
///
/// It is never printed: the description omits its text.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package let text: String

    package var description: String { "a secret" }
    package var debugDescription: String { description }
    package var customMirror: Swift.Mirror { Swift.Mirror(self, children: []) }

    /// A secret file that exists but is unusable.
    package struct Unreadable: Error, Equatable, CustomStringConvertible {
        package let path: String
        package let reason: String

        package var description: String { "the secret \(path) cannot be read: \(reason)" }
    }

    /// The maximum length of a secret's file, in bytes.
    static let limit = 4096

    /// The folder with the secrets.
    package static func folder(_ environment: Environment) -> String {
        environment[.secretsFolder]
    }

    /// The secret `name` without surrounding white space, or nil if there is none.
    ///
    /// On Knative a secret is a folder that contains a file of the same name.
    package init?(_ name: String, _ environment: Environment) throws(Unreadable) {
        let path = "\(Self.folder(environment))/\(name)"
        guard let file = unsafe fopen("\(path)/\(name)", "re") ?? fopen(path, "re") else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Unreadable(path: path, reason: systemText())
        }
        defer { unsafe _ = fclose(file) }
        // One more, which tells a file that is too long from one that is not.
        var bytes = [UInt8](repeating: 0, count: Self.limit + 1)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe fread($0.baseAddress, 1, $0.count, file)
        }
        guard count <= Self.limit else {
            throw Unreadable(
                path: path,
                reason: "it is longer than \(Self.limit) bytes; write only the secret to it"
            )
        }
        let text = bytes.prefix(count).drop(while: \.isBlank)
        let end = text.lastIndex { !$0.isBlank }.map { $0 + 1 } ?? text.startIndex
        guard end > text.startIndex else {
            throw Unreadable(path: path, reason: "it is empty")
        }
        self.text = String(decoding: text[text.startIndex..<end], as: UTF8.self)
    }

    /// Whether `other` is the secret; the time taken depends only on the length of `other`.
    package func equals(_ other: String) -> Bool {
        let own = Array(text.utf8)
        var difference = own.count ^ other.utf8.count
        for (index, byte) in other.utf8.enumerated() {
            difference |= Int(byte ^ own[index % own.count])
        }
        return difference == 0
    }
}
