import Glibc
import JSON
import Linux

/// Runs the program `storage` to fetch blobs.
///
/// It links libcurl, which would cost a one-shot program 5 ms at start; this way only an outdated
/// copy costs that, in the background.
package struct FetchProgram: Sendable {
    private let path: String
    private let seconds: Int

    /// `path` is the path of the executable.
    ///
    /// It is killed after `seconds`, which is longer than its own limit.
    package init(path: String, seconds: Int = 90) {
        self.path = path
        self.seconds = seconds
    }

    /// The program `storage` in the folder of the running program.
    package static var besideThisProgram: String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count - 1)
        let path = String(
            decoding: bytes.prefix(max(count, 0)).map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        return "\(folder)storage"
    }

    /// Carries out `orders` in one run; see ``CachedBlobs/Fetch``.
    ///
    /// The program inherits this process's environment and its log output.
    package func fetch(
        _ orders: [FetchOrder],
        _ fetched: (BlobKey, Result<FetchOutcome, StorageError>) -> Void
    ) throws(StorageError) {
        var arguments = [path, "fetch"]
        for order in orders {
            arguments += [order.key.text, "--to", order.file]
            if let tag = order.tag { arguments += ["--if-changed-from", tag.text] }
        }
        var unheard = Set(orders.map(\.key))
        try run(arguments) { line in
            guard let value = try? JSONValue(parsing: line), var fields = try? JSONFields(value),
                let text = try? fields.string("key"), let key = try? BlobKey(text),
                unheard.remove(key) != nil
            else { return }
            fetched(key, result(&fields))
        }
        guard unheard.isEmpty else { throw failure("it printed no result") }
    }

    private func result(_ fields: inout JSONFields) -> Result<FetchOutcome, StorageError> {
        if let error = try? fields.string("error") { return .failure(failure(error)) }
        switch (try? fields.string("outcome"), try? fields.string("tag")) {
        case ("changed", let tag?): return .success(.changed(EntityTag(tag)))
        case ("unchanged", _): return .success(.unchanged)
        case ("absent", _): return .success(.absent)
        default: return .failure(failure("its result is not understood"))
        }
    }

    private func failure(_ reason: String) -> StorageError {
        .unavailable(operation: "fetch with \(path)", reason: reason, attempts: 1)
    }

    /// The maximum size of the results, in bytes.
    private static let outputLimit = 65_536

    /// Passes each line of the program's standard output to `take`.
    private func run(_ arguments: [String], take: ([UInt8]) -> Void) throws(StorageError) {
        let program: ChildProgram
        do throws(SystemError) {
            program = try ChildProgram(
                arguments,
                environment: nil,
                errors: .inherited,
                limit: .seconds(seconds)
            )
        } catch {
            throw .system(operation: error.operation, path: path, reason: error.reason)
        }
        var line: [UInt8] = []
        var byteCount = 0
        while true {
            let ending = program.step(atMost: .seconds(1)) { _, piece in
                byteCount += piece.count
                guard byteCount <= Self.outputLimit else { return }
                for byte in piece {
                    if byte == UInt8(ascii: "\n") {
                        take(line)
                        line = []
                    } else {
                        line.append(byte)
                    }
                }
            }
            guard byteCount <= Self.outputLimit else {
                program.stop()
                throw failure("it printed more than \(Self.outputLimit) bytes")
            }
            switch ending {
            case nil: continue
            case .timedOut: throw failure("it did not end within \(seconds) seconds")
            case .exited, .signalled, .stopped: return
            }
        }
    }
}
