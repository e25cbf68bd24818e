import Linux
import URLs

/// A listing of one access point by the rsync program, read while it runs.
///
/// This way, the list of 149,000 entries takes 3 s at a latency of 100 ms; without
/// `--no-inc-recursive`, rsync requests one directory after the other, which takes 18 s.
package final class RsyncRun {
    package struct Settings: Hashable, Sendable {
        /// The program, searched for in `PATH`.
        package var program = "rsync"
        /// For the connection.
        package var connectSeconds = 15
        /// Without a byte from the server.
        package var silenceSeconds = 60
        /// For everything.
        package var totalSeconds = 300
        /// The maximum address space of the program in bytes; 0 for no limit.
        package var memoryLimit = 0

        package init() {}

        /// Whether the program can be found.
        package var hasProgram: Bool { ExecutableSearch.path(of: program) != nil }
    }

    private enum Source {
        case program(ChildProgram)
        case ended(RsyncOutcome)
    }

    private var source: Source
    private let settings: Settings
    private var parser = RsyncListingParser()
    private var errors = RsyncMessages()

    /// Starts to list what is below `url`, of the form `rsync://host[:port]/module/[path/]`,
    /// percent-encoded like every base URL.
    ///
    /// Errors of the program or the URL appear in the outcome.
    package init(url: String, settings: Settings = Settings()) {
        self.settings = settings
        guard let location = Self.location(url) else {
            source = .ended(.failed(RsyncFailure(.unusable, "\(url) is no rsync URL")))
            return
        }
        do throws(SystemError) {
            source = .program(
                try ChildProgram(
                    Self.arguments(location, settings),
                    // The list is written in the client's time zone and locale. The empty password
                    // keeps rsync from asking for one.
                    environment: ["LC_ALL": "C", "TZ": "UTC", "RSYNC_PASSWORD": ""],
                    limit: .seconds(settings.totalSeconds),
                    memoryLimit: settings.memoryLimit
                )
            )
        } catch {
            source = .ended(.failed(RsyncFailure(.unusable, "\(error)")))
        }
    }

    /// The number of entries so far.
    package var entryCount: Int { parser.entryCount }

    /// The number of unrecognised lines among the entries.
    package var unknownLineCount: Int { parser.unknownLineCount }

    /// The number of lines from the first entry on.
    package var lineCount: Int { parser.entryCount + parser.unknownLineCount }

    /// The size of the listing so far, in bytes.
    package var byteCount: Int { parser.byteCount }

    /// Whether the last step left something to read.
    package var hasMore: Bool {
        if case .program(let program) = source { program.hasMore } else { false }
    }

    /// Reads what has arrived, after waiting at most `longest`, and returns the outcome once
    /// everything was passed on; 0 does not wait.
    package func step(
        atMost longest: Duration,
        _ receive: (RsyncEntry) -> Void
    ) -> RsyncOutcome? {
        let program: ChildProgram
        switch source {
        case .ended(let outcome): return outcome
        case .program(let running): program = running
        }
        let ending = program.step(atMost: longest) { stream, bytes in
            switch stream {
            case .output: parser.consume(bytes, receive)
            case .errors: errors.consume(bytes)
            }
        }
        guard let ending else { return nil }
        parser.finish()
        errors.finish()
        let outcome = outcome(of: ending)
        source = .ended(outcome)
        return outcome
    }

    /// Ends the program; the outcome is then `failed`.
    package func stop() {
        if case .program(let program) = source { program.stop() }
    }

    /// Runs to the end, or until `shouldStop` returns true, which is called ten times a second.
    package func finish(
        shouldStop: () -> Bool = { false },
        _ receive: (RsyncEntry) -> Void
    ) -> RsyncOutcome {
        while true {
            if shouldStop() { stop() }
            if let outcome = step(atMost: .milliseconds(100), receive) { return outcome }
        }
    }

    private func outcome(of ending: ChildProgram.Ending) -> RsyncOutcome {
        switch ending {
        case .exited(0): .complete
        case .exited(23), .exited(24): .partial(unread: errors.unread)
        case .exited(let code):
            // The server's own messages are among the entries; rsync's on its standard error.
            .failed(RsyncFailure(exitCode: code, remarks: errors.lines + serverErrors))
        case .signalled(let signal):
            .failed(RsyncFailure(.interrupted, "rsync was ended by signal \(signal)"))
        case .timedOut:
            .failed(
                RsyncFailure(
                    .timedOut,
                    "the listing took longer than \(settings.totalSeconds) s"
                )
            )
        case .stopped: .failed(RsyncFailure(.stopped, "the listing was stopped"))
        }
    }

    private var serverErrors: [String] {
        parser.remarks.filter { $0.hasPrefix("@ERROR") }
    }
}

extension RsyncRun {
    static func arguments(_ location: String, _ settings: Settings) -> [String] {
        [
            settings.program, "--list-only", "--recursive", "--links", "--no-inc-recursive",
            "--no-human-readable", "--8-bit-output", "--no-motd",
            "--contimeout=\(settings.connectSeconds)", "--timeout=\(settings.silenceSeconds)",
            "--", location,
        ]
    }

    /// The URL for rsync: the path as on the server, with a trailing slash, without which the
    /// folder itself would be listed by name.
    static func location(_ url: String) -> String? {
        guard let parts = URLParts(url), parts.scheme == "rsync", !parts.path.isEmpty,
            let path = PercentEncoding.decodedText(url[parts.path.startIndex...])
        else { return nil }
        return parts.origin + (path.hasSuffix("/") ? path : path + "/")
    }
}
