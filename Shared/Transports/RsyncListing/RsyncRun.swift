import Linux
import URLs

/// One listing of one access point by the rsync program, read while it runs.
///
/// The file list of 149,000 entries over a wire of 100 ms takes 3 s this way; without
/// `--no-inc-recursive` rsync asks for directory after directory, which takes 18 s.
package final class RsyncRun {
    package struct Settings: Hashable, Sendable {
        /// The program, looked for in `PATH`.
        package var program = "rsync"
        /// For the connection.
        package var connectSeconds = 15
        /// Without a byte from the server.
        package var silenceSeconds = 60
        /// For everything.
        package var totalSeconds = 300
        /// The address space that the program may take, in bytes; 0 for no limit.
        package var memoryLimit = 0

        package init() {}

        /// Whether the program is there to be started.
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
    /// What is wrong with the program or the URL shows in the outcome.
    package init(url: String, settings: Settings = Settings()) {
        self.settings = settings
        guard let place = Self.place(url) else {
            source = .ended(.failed(RsyncFailure(.unusable, "\(url) is no rsync URL")))
            return
        }
        do throws(SystemError) {
            source = .program(
                try ChildProgram(
                    Self.arguments(place, settings),
                    // The list is written in the time zone, and for the locale, of the client. The
                    // empty password keeps rsync from asking for one.
                    environment: ["LC_ALL": "C", "TZ": "UTC", "RSYNC_PASSWORD": ""],
                    limit: .seconds(settings.totalSeconds),
                    memoryLimit: settings.memoryLimit
                )
            )
        } catch {
            source = .ended(.failed(RsyncFailure(.unusable, "\(error)")))
        }
    }

    /// The entries so far.
    package var entryCount: Int { parser.entryCount }

    /// The lines among the entries that were none.
    package var unknownLineCount: Int { parser.unknownLineCount }

    /// The lines behind the first entry, that one included.
    package var lineCount: Int { parser.entryCount + parser.unknownLineCount }

    /// The bytes of the listing so far.
    package var byteCount: Int { parser.byteCount }

    /// Whether the last turn left something to be read.
    package var hasMore: Bool {
        if case .program(let program) = source { program.hasMore } else { false }
    }

    /// Takes what has arrived, after waiting for something at most for `longest`, and returns the
    /// outcome once all was handed over; 0 does not wait.
    package func turn(
        atMost longest: Duration,
        _ receive: (RsyncEntry) -> Void
    ) -> RsyncOutcome? {
        let program: ChildProgram
        switch source {
        case .ended(let outcome): return outcome
        case .program(let running): program = running
        }
        let ending = program.turn(atMost: longest) { stream, bytes in
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

    /// Runs to the end, or until `shouldStop`, which is asked ten times a second.
    package func finish(
        shouldStop: () -> Bool = { false },
        _ receive: (RsyncEntry) -> Void
    ) -> RsyncOutcome {
        while true {
            if shouldStop() { stop() }
            if let outcome = turn(atMost: .milliseconds(100), receive) { return outcome }
        }
    }

    private func outcome(of ending: ChildProgram.Ending) -> RsyncOutcome {
        switch ending {
        case .exited(0): .complete
        case .exited(23), .exited(24): .partial(unread: errors.unread)
        case .exited(let code):
            // The server's own words come among the entries; rsync's on its standard error.
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
    static func arguments(_ place: String, _ settings: Settings) -> [String] {
        [
            settings.program, "--list-only", "--recursive", "--links", "--no-inc-recursive",
            "--no-human-readable", "--8-bit-output", "--no-motd",
            "--contimeout=\(settings.connectSeconds)", "--timeout=\(settings.silenceSeconds)",
            "--", place,
        ]
    }

    /// The URL as rsync takes it: the path as it is on the server, and a slash at its end, without
    /// which the folder itself would be listed with its name.
    static func place(_ url: String) -> String? {
        guard let parts = URLParts(url), parts.scheme == "rsync", !parts.path.isEmpty,
            let path = PercentEncoding.decodedText(url[parts.path.startIndex...])
        else { return nil }
        return parts.origin + (path.hasSuffix("/") ? path : path + "/")
    }
}
