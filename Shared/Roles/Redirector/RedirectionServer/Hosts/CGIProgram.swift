package import FunctionRuntime
import Glibc
import Linux
import Mirrors
import Redirection
package import Time

/// The redirector as a CGI program: one request from the environment, its answer on standard
/// output.
package enum CGIProgram {
    /// Counters that nobody reads.
    ///
    /// The process ends after its request, and deinitialising these would cost more than the
    /// answer; a static is never deinitialised.
    private static let metrics = Metrics()

    /// Answers the request of this process.
    ///
    /// The map is memory-mapped, and only the pages of one look-up are read; only the server
    /// verifies its checksum.
    package static func run(_ settings: RedirectorSettings) throws(FunctionError) {
        try run(settings) { name in
            guard let value = unsafe getenv(name) else { return nil }
            return unsafe Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
        } presenting: {
            $0
        }
    }

    /// Answers the request given by `variable`, and prints the answer as `present` formats it.
    static func run(
        _ settings: RedirectorSettings,
        reading variable: (String) -> [UInt8]?,
        presenting present: ([UInt8]) -> [UInt8]
    ) throws(FunctionError) {
        let sources = try OneShotSources(settings, metrics: metrics)
        let answer = present(answer(settings, sources, now: .now, variable))
        if let length = variable("CONTENT_LENGTH"), length.contains(where: { $0 != 0x30 }) {
            skipBody()
        }
        do throws(SystemError) {
            try writeAll(answer, to: STDOUT_FILENO, "write the answer")
        } catch {
            throw .failed("\(error)")
        }
        // Prepare for the next request, after this answer was closed.
        sources.finish { close(STDOUT_FILENO) }
    }

    /// Reads and discards the body of the request.
    ///
    /// Apache truncates the answer if it cannot send the whole body. A body longer than 1 MiB, or
    /// one that pauses for 5 seconds, is not waited for.
    private static func skipBody() {
        var piece = [UInt8](repeating: 0, count: 65_536)
        for _ in 0..<16 {
            var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&input, 1, 5000) > 0 else { return }
            guard let count = try? readSome(from: STDIN_FILENO, into: &piece), count > 0
            else { return }
        }
    }

    /// The answer to the request given by `variable`.
    package static func answer(
        _ settings: RedirectorSettings,
        now: Timestamp,
        _ variable: (String) -> [UInt8]?
    ) throws(FunctionError) -> [UInt8] {
        let sources = try OneShotSources(settings, metrics: metrics)
        defer { sources.finish {} }
        return answer(settings, sources, now: now, variable)
    }

    private static func answer(
        _ settings: RedirectorSettings,
        _ sources: OneShotSources,
        now: Timestamp,
        _ variable: (String) -> [UInt8]?
    ) -> [UInt8] {
        var responder = Responder(
            settings: settings.answers,
            metrics: metrics,
            protocol: .cgi,
            pages: sources.pages
        )
        responder.snapshot = sources.snapshot(now: now)
        responder.regions = sources.regionTable
        responder.isReady = true

        let request = CGIRequest.head(
            settings.answers.clientHeaders,
            variable
        )
        var answer = Self.answer(to: request, with: &responder, sources, now: now)
        if responder.snapshot?.isTorn == true {
            // The map is being overwritten: what was read of it may be wrong.
            Log.warning("map truncated while read", ["hint": "the fallback answers"])
            responder.snapshot = nil
            answer = Self.answer(to: request, with: &responder, sources, now: now)
        }
        return answer
    }

    private static func answer(
        to request: (bytes: [UInt8], peer: IPAddress?, isHTTPS: Bool),
        with responder: inout Responder,
        _ sources: OneShotSources,
        now: Timestamp
    ) -> [UInt8] {
        var parser = RequestParser()
        var answer: [UInt8] = []
        switch parser.parse(request.bytes.span) {
        case .head(let head):
            // What it waits for is loaded at once, or not waited for again.
            while case .waits(let awaited) = responder.answer(
                head,
                in: request.bytes.span,
                from: Responder.Peer(address: request.peer, isHTTPS: request.isHTTPS),
                now: now.secondsSinceEpoch,
                closing: true,
                isPatient: true,
                to: &answer
            ) {
                sources.fetch(awaited, to: &responder)
            }
        case .refused(let error):
            responder.refuse(error, now: now.secondsSinceEpoch, to: &answer)
        case .incomplete:
            responder.refuse(.malformedRequestLine, now: now.secondsSinceEpoch, to: &answer)
        }
        return answer
    }
}
