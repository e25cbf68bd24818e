package import FunctionRuntime
import Glibc
import Mirrors
import Redirection
package import Time

/// The Redirector as a CGI program: one request from the environment, its answer on standard output.
package enum CGIProgram {
    /// Counters that nobody reads.
    ///
    /// The process ends after its request, and to take these apart would cost more than the answer;
    /// a static is left alone.
    private static let metrics = Metrics()

    /// Answers the request of this process.
    ///
    /// The map is mapped, and only the pages of one look-up are read; its checksum is the server's
    /// business.
    package static func run(_ settings: RedirectorSettings) throws(FunctionError) {
        try run(settings) { name in
            guard let value = unsafe getenv(name) else { return nil }
            return unsafe Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
        } presenting: {
            $0
        }
    }

    /// The same for a request that `variable` describes, and an answer that is printed as `present`
    /// makes it.
    static func run(
        _ settings: RedirectorSettings,
        reading variable: (String) -> [UInt8]?,
        presenting present: ([UInt8]) -> [UInt8]
    ) throws(FunctionError) {
        let regions = settings.isRegional ? try RegionalMaps(settings, metrics: metrics) : nil
        let blobs = try blobs(settings)
        let answer = present(try answer(settings, regions, blobs, now: .now, variable))
        if let length = variable("CONTENT_LENGTH"), length.contains(where: { $0 != 0x30 }) {
            skipBody()
        }
        var written = 0
        while written < answer.count {
            let count = unsafe answer[written...].withUnsafeBytes { bytes in
                unsafe write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno != EINTR {
                throw .failed("cannot write the answer: \(unsafe String(cString: strerror(errno)))")
            }
            written += max(count, 0)
        }
        if let regions {
            close(STDOUT_FILENO)
            regions.fetch(olderThan: Int64(settings.refreshSeconds))
        } else {
            try refreshCopies(settings, blobs)
        }
    }

    /// Reads the body of the request and drops it.
    ///
    /// Apache cuts the answer short where it cannot get rid of a body. One that is longer than 1 MiB, or
    /// pauses for 5 seconds, is not worth the wait.
    private static func skipBody() {
        var piece = [UInt8](repeating: 0, count: 65_536)
        for _ in 0..<16 {
            var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&input, 1, 5000) > 0 else { return }
            let count = unsafe piece.withUnsafeMutableBytes { piece in
                unsafe read(STDIN_FILENO, piece.baseAddress, piece.count)
            }
            guard count > 0 else { return }
        }
    }

    /// Brings old copies of a bucket's blobs up to date for the next request, after the end of this
    /// one's answer.
    private static func refreshCopies(
        _ settings: RedirectorSettings,
        _ blobs: LocalBlobs
    ) throws(FunctionError) {
        guard blobs.cache != nil else { return }
        do {
            let loader = try SnapshotLoader(settings, blobs: blobs, metrics: metrics)
            guard let age = loader.ageOfCopies(now: .now),
                age >= Int64(settings.refreshSeconds)
            else { return }
            close(STDOUT_FILENO)
            loader.fetch()
        } catch {
            throw .badRequest("\(error)")
        }
    }

    /// The answer to the request that `variable` describes.
    package static func answer(
        _ settings: RedirectorSettings,
        now: Timestamp,
        _ variable: (String) -> [UInt8]?
    ) throws(FunctionError) -> [UInt8] {
        let regions = settings.isRegional ? try RegionalMaps(settings, metrics: metrics) : nil
        return try answer(settings, regions, blobs(settings), now: now, variable)
    }

    private static func blobs(_ settings: RedirectorSettings) throws(FunctionError) -> LocalBlobs {
        do {
            return try LocalBlobs(settings)
        } catch {
            throw .badRequest("\(error)")
        }
    }

    private static func answer(
        _ settings: RedirectorSettings,
        _ regions: RegionalMaps?,
        _ blobs: LocalBlobs,
        now: Timestamp,
        _ variable: (String) -> [UInt8]?
    ) throws(FunctionError) -> [UInt8] {
        let pages: any PageRenderer
        var snapshot: Snapshot?
        do {
            pages = try settings.pages(
                metrics: metrics,
                protocol: .cgi,
                regions: regions?.regionIDs,
                blobs: blobs
            )
            if regions == nil {
                let loader = try SnapshotLoader(settings, blobs: blobs, metrics: metrics)
                // Without copies there is nothing to answer from but the fallback host.
                if loader.isRemote, loader.ageOfCopies(now: now) == nil { loader.fetch() }
                snapshot = loader.refresh(now: now, verifying: false)
            }
        } catch {
            throw .badRequest("\(error)")
        }
        var responder = Responder(
            settings: settings.answers,
            metrics: metrics,
            protocol: .cgi,
            pages: pages,
            regions: regions
        )
        responder.snapshot = snapshot
        responder.isReady = true

        let request = CGIRequest.head(
            countryHeaders: settings.answers.countryHeaders,
            originalURIHeader: settings.answers.originalURIHeader,
            variable
        )
        var answer = Self.answer(to: request, with: &responder, now: now)
        if snapshot?.isTorn == true {
            // Somebody is writing over the map: what was read of it may be anything.
            Log.warning("the map shrank while it was read, the fallback answers")
            responder.snapshot = nil
            answer = Self.answer(to: request, with: &responder, now: now)
        }
        return answer
    }

    private static func answer(
        to request: (bytes: [UInt8], peer: IPAddress?, isHTTPS: Bool),
        with responder: inout Responder,
        now: Timestamp
    ) -> [UInt8] {
        var parser = RequestParser()
        var answer: [UInt8] = []
        switch parser.parse(request.bytes.span) {
        case .head(let head):
            let deferred = responder.answer(
                head,
                in: request.bytes.span,
                from: Responder.Peer(address: request.peer, isHTTPS: request.isHTTPS),
                now: now.secondsSinceEpoch,
                closing: true,
                to: &answer
            )
            if let deferred { answer = deferred.bytes() }
        case .refused(let error):
            responder.refuse(error, now: now.secondsSinceEpoch, to: &answer)
        case .incomplete:
            responder.refuse(.malformedRequestLine, now: now.secondsSinceEpoch, to: &answer)
        }
        return answer
    }
}
