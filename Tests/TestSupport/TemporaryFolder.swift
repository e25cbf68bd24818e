import Foundation
import Glibc

/// A new folder that is removed with all of its contents when the last reference to it is released.
///
/// Others may read it (mode 0755), so that a web server's unprivileged workers can serve from it.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init(_ name: String = "redirector") throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("\(name)-\(UUID().uuidString.prefix(13))").path
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755]
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of `name` in this folder.
    package func appending(_ name: String) -> String {
        "\(path)/\(name)"
    }

    /// Writes `text` to the file `name` and returns its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        let path = appending(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Makes an executable file of a script of `sh`, without its first line, and returns its path.
    ///
    /// Another process writes it: a child that some other test starts at this moment would inherit
    /// a descriptor that is open for writing here, and Linux does not run a file that is open for
    /// writing ("text file busy").
    package func writeProgram(_ script: String, to name: String) throws -> String {
        let path = appending(name)
        let writer = try FunctionBinary("/bin/sh", environment: ["PATH": "/usr/bin:/bin"]).run(
            arguments: [
                "-c", #"printf '#!/bin/sh\n%s\n' "$1" > "$2" && chmod 755 "$2""#, "sh", script,
                path,
            ]
        )
        guard writer.isSuccess else { throw SystemError("write \(path)", code: EIO) }
        return path
    }

    /// Lets everybody write to `name`, for a server that runs as the user nobody.
    package func openToAll(_ name: String) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o777],
            ofItemAtPath: appending(name)
        )
    }

    /// Creates the folder `name` and returns its path.
    @discardableResult
    package func makeFolder(_ name: String) throws -> String {
        let path = appending(name)
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true
        )
        return path
    }
}
