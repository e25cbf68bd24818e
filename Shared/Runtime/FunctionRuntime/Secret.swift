import Glibc
import Linux

/// A secret of the deployment: a file of `SECRETS_DIR`, by default where OpenFaaS mounts them.
///
/// It is never printed: the type describes itself without its text.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package let text: String

    package var description: String { "a secret" }
    package var debugDescription: String { description }
    package var customMirror: Swift.Mirror { Swift.Mirror(self, children: []) }

    /// A file that is there but cannot be used.
    package struct Unreadable: Error, Equatable, CustomStringConvertible {
        package let path: String
        package let reason: String

        package var description: String { "the secret \(path) cannot be read: \(reason)" }
    }

    /// The longest secret that is read, in bytes.
    private static let limit = 4096

    /// The folder of the secrets.
    package static func folder(_ environment: Environment) -> String {
        environment[.secretsFolder] ?? "/var/openfaas/secrets"
    }

    /// The secret `name` without white space at its ends, or nil where there is none.
    ///
    /// On Knative a secret is a folder, with a file of its own name in it.
    package init?(_ name: String, _ environment: Environment) throws(Unreadable) {
        let path = "\(Self.folder(environment))/\(name)"
        guard let file = unsafe fopen("\(path)/\(name)", "re") ?? fopen(path, "re") else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Unreadable(path: path, reason: systemText())
        }
        defer { unsafe _ = fclose(file) }
        var bytes = [UInt8](repeating: 0, count: Self.limit)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe fread($0.baseAddress, 1, $0.count, file)
        }
        let isBlank = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        let text = bytes.prefix(count).drop(while: isBlank)
        let end = text.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? text.startIndex
        guard end > text.startIndex else {
            throw Unreadable(path: path, reason: "it is empty")
        }
        self.text = String(decoding: text[text.startIndex..<end], as: UTF8.self)
    }

    /// Whether `other` is the secret; in a time that depends on the length of `other` alone.
    package func equals(_ other: String) -> Bool {
        let own = Array(text.utf8)
        var difference = own.count ^ other.utf8.count
        for (index, byte) in other.utf8.enumerated() {
            difference |= Int(byte ^ own[index % own.count])
        }
        return difference == 0
    }
}
