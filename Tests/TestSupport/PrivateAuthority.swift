/// A test's own certificate authority, made by the program `openssl`, and certificates that it
/// signs.
package final class PrivateAuthority: Sendable {
    /// The PEM file that clients trust.
    package let certificateFile: String
    private let folder: TemporaryFolder

    package struct Failure: Error {
        package let result: FunctionResult
    }

    package init() throws {
        folder = try TemporaryFolder("authority")
        certificateFile = folder.appending("authority.pem")
        try openSSL(
            ["req", "-x509"] + Self.newKey + [
                "-keyout", folder.appending("authority.key"), "-out", certificateFile,
                "-days", "2", "-subj", "/CN=Authority of a test",
            ]
        )
    }

    /// A certificate and its key, as PEM files.
    package struct Certificate: Sendable {
        package let file: String
        package let keyFile: String
    }

    /// Signs a certificate for `subject`, such as `IP:127.0.0.1` or `DNS:s3.example.org`.
    ///
    /// With a negative number of days it has already expired.
    package func certificate(for subject: String, days: Int = 2) throws -> Certificate {
        let name = "\(days)-\(subject.replacing(":", with: "-"))"
        let request = folder.appending("\(name).csr")
        let certificate = Certificate(
            file: folder.appending("\(name).pem"),
            keyFile: folder.appending("\(name).key")
        )
        try openSSL(
            ["req"] + Self.newKey + [
                "-keyout", certificate.keyFile, "-out", request, "-subj", "/CN=Server of a test",
                "-addext", "subjectAltName=\(subject)",
            ]
        )
        try openSSL([
            "x509", "-req", "-in", request, "-out", certificate.file, "-CA", certificateFile,
            "-CAkey", folder.appending("authority.key"), "-CAcreateserial", "-days", "\(days)",
            "-copy_extensions", "copy",
        ])
        return certificate
    }

    private static let newKey = [
        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
    ]

    private func openSSL(_ arguments: [String]) throws {
        let result = try FunctionBinary("/usr/bin/openssl").run(arguments: arguments, seconds: 60)
        guard result.isSuccess else { throw Failure(result: result) }
    }
}
