import Glibc
package import JSON
import Linux
import Time

/// Log lines on standard error, one per event:
/// `2026-11-22T15:47:00Z info leader: tree published generation=3 files=149212`.
///
/// Standard output is reserved for the result.
package enum Log {
    package enum Level: String, Sendable, CaseIterable, Comparable {
        case debug
        case info
        case warning
        case error

        /// The lowest level that is written unless `LOG_LEVEL` says otherwise.
        static let standard = Level.info

        package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warning: 2
            case .error: 3
            }
        }
    }

    /// The name of the running program.
    private static let program =
        CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "redirector"

    /// The X-Ray trace of the current event on AWS Lambda; nil elsewhere.
    ///
    /// Only the thread that serves events sets and reads it.
    package nonisolated(unsafe) static var trace: String? =
        unsafe getenv("_X_AMZN_TRACE_ID").map { unsafe String(cString: $0) }

    /// The minimum level that is written: `LOG_LEVEL`.
    private static let threshold =
        unsafe getenv("LOG_LEVEL").flatMap { unsafe Level(rawValue: String(cString: $0)) }
        ?? .standard

    package static func debug(_ text: String, _ fields: KeyValuePairs<String, Any?> = [:]) {
        write(.debug, text, fields)
    }

    package static func info(_ text: String, _ fields: KeyValuePairs<String, Any?> = [:]) {
        write(.info, text, fields)
    }

    package static func warning(_ text: String, _ fields: KeyValuePairs<String, Any?> = [:]) {
        write(.warning, text, fields)
    }

    package static func error(_ text: String, _ fields: KeyValuePairs<String, Any?> = [:]) {
        write(.error, text, fields)
    }

    /// Writes a line of JSON unchanged, at level info, for programs that read the log.
    package static func report(_ json: JSONValue) {
        guard isWritten(.info) else { return }
        write("\(json)\n")
    }

    /// Whether lines of this level are written, for callers whose fields take time.
    package static func isWritten(_ level: Level) -> Bool {
        level >= threshold
    }

    private static func write(
        _ level: Level,
        _ text: String,
        _ fields: KeyValuePairs<String, Any?>
    ) {
        guard isWritten(level) else { return }
        write(
            line(level, text, fields, at: .now, program: program, trace: unsafe trace)
        )
    }

    private static func write(_ line: String) {
        // A single write(2) per line, so that processes sharing a terminal don't mix their lines.
        _ = unsafe line.utf8CString.withUnsafeBytes { bytes in
            unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count - 1)
        }
    }

    /// The text of a field.
    ///
    /// `String(describing:)` gives the same, but first searches the conformances of the whole
    /// program for each new type, which would be a tenth of the redirector's start.
    private static func text(of value: Any) -> String {
        switch value {
        case let text as String: text
        case let number as Int: String(number)
        case let number as UInt32: String(number)
        case let value as any CustomStringConvertible: value.description
        default: String(describing: value)
        }
    }

    /// The line for an event.
    ///
    /// Nil fields are omitted; control characters become `?`, so that nothing from outside can
    /// forge a second line.
    static func line(
        _ level: Level,
        _ text: String,
        _ fields: KeyValuePairs<String, Any?>,
        at time: Timestamp,
        program: String,
        trace: String? = nil
    ) -> String {
        var line = "\(time) \(level.rawValue) \(program): \(text)"
        for (key, value) in fields {
            guard let value else { continue }
            let shown = Self.text(of: value)
            let needsQuotes =
                shown.isEmpty || shown.contains { $0 == " " || $0 == "\"" || $0 == "=" }
            line +=
                " \(key)="
                + (needsQuotes ? "\"\(String(shown.map { $0 == "\"" ? "'" : $0 }))\"" : shown)
        }
        // Its value contains equals signs, but no spaces.
        if let trace { line += " trace=\(trace)" }
        var safe = ""
        for scalar in line.unicodeScalars {
            // C0, DEL and C1; U+009B in C1 begins a terminal's control sequences like ESC [ does.
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            safe.unicodeScalars.append(isControl ? "?" : scalar)
        }
        return safe + "\n"
    }
}
