import Glibc
import Hashing

/// The cost of digests of one file, here and in coreutils, whose code is C without special
/// instructions.
struct HashingBench {
    let mebibytes: Int
    let folder: String

    private static let algorithms: KeyValuePairs<String, any StreamHash> = [
        "b2sum": BLAKE2b(), "sha512sum": SHA512(), "sha256sum": SHA256(),
    ]

    /// Prints a row for each algorithm: the best of three, alternately.
    func run() throws {
        let path = "\(folder)/bytes"
        guard unsafe system("head -c \(mebibytes)M /dev/urandom > '\(path)'") == 0 else { exit(1) }
        defer { unsafe _ = unlink(path) }
        for (program, hash) in Self.algorithms {
            var (here, there) = (Double.infinity, Double.infinity)
            for _ in 0..<3 {
                here = min(here, Cost.processor { digest(of: path, hash) })
                there = min(there, Cost.programs { unsafe _ = system("\(program) '\(path)' >&2") })
            }
            let ratio = Cost.rounded(here / there)
            print("| \(program) | \(Cost.text(here)) | \(Cost.text(there)) | \(ratio) |")
        }
    }

    private func digest(of path: String, _ hash: any StreamHash) {
        var hash = hash
        let descriptor = unsafe open(path, O_RDONLY)
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            unsafe hash.update(buffer.span.bytes.extracting(first: count))
        }
        _ = hash.finalize()
    }
}
