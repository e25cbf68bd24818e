import DequeModule
import FTPListing
import HTTPTransport
import HealthFormat

/// Handles what comes from the server: answers, listings, and the end of a session.
extension FTPHost {
    func take(
        _ event: FTPSession.Event,
        _ ended: FTPSession?,
        _ slice: inout WorkSlice,
        _ receive: (Result) -> Void
    ) {
        switch event {
        case .ready:
            wasReady = true
            home = session?.home ?? []
        case .lines(let tag, let bytes): read(tag, bytes, &slice, receive)
        case .listed(let tag, let isWhole):
            lackingDataCount = nil
            // It does not matter whether it is complete: what it lacks is asked for by name.
            finishReading(tag, isWhole: isWhole, receive)
            switch underWay.removeValue(forKey: tag) {
            case .job(let job): receive(.listed(job, isListed: true))
            case .question(let asked): receive(.found(asked, reading?.found))
            case nil: break
            }
            reading = nil
        case .replied(let tag, let reply): take(reply, tag, receive)
        case .ended(let kind, let reason, let unanswered):
            takeEnd(
                (reason, Outage(kind)),
                unanswered,
                wasUseful: ended?.answeredCount ?? 0 > 0,
                lacksData: ended?.lacksDataConnection ?? false,
                receive
            )
        }
    }

    /// Reads a part of a listing; what the slice does not cover waits.
    func read(
        _ tag: RequestTag,
        _ bytes: ArraySlice<UInt8>,
        _ slice: inout WorkSlice,
        _ receive: (Result) -> Void
    ) {
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(Self.pieceLength)
            rest = rest.dropFirst(piece.count)
            waitingByteCount -= piece.count
            consume(tag, receive) { parser, take in parser.consume(piece, take) }
            guard !rest.isEmpty, slice.isOverNow() else { continue }
            return events.prepend(.lines(tag: tag, rest))
        }
    }

    private func finishReading(_ tag: RequestTag, isWhole: Bool, _ receive: (Result) -> Void) {
        let isWhole = isWhole && reading?.isCut == false
        consume(tag, receive) { parser, take in parser.finish(isWhole: isWhole, take) }
    }

    private func consume(
        _ tag: RequestTag,
        _ receive: (Result) -> Void,
        _ step: (inout FTPListingParser, (FTPEntry) -> Void) -> Void
    ) {
        guard var reading, reading.tag == tag, !reading.isCut, let work = underWay[tag] else {
            return
        }
        var entries: [FTPEntry] = []
        step(&reading.parser) { entries.append($0) }
        switch work {
        case .job(let job): for entry in entries { receive(.entry(job, entry)) }
        case .question: reading.found = entries.last ?? reading.found
        }
        if reading.parser.entryCount + reading.parser.unknownLineCount > entryLimit {
            reading.isCut = true
            session?.cutListing()
        }
        self.reading = reading
    }

    func take(_ reply: FTPReply, _ tag: RequestTag, _ receive: (Result) -> Void) {
        switch underWay.removeValue(forKey: tag) {
        case .question(let asked):
            if asked.strategy == .byName, !asked.question.isDirectory,
                Self.isUnknownCommand(reply)
            {
                isSizeTried = false
                return ask(asked)
            }
            receive(.replied(asked, reply))
        case .job(let job):
            let wasMachineReadable = reading?.parser.format == .facts
            reading = nil
            if wasMachineReadable, Self.isUnknownCommand(reply) {
                isMachineListingTried = false
                jobs.append(job)
            } else {
                receive(.listed(job, isListed: false))
            }
        case nil: break
        }
    }

    private static func isUnknownCommand(_ reply: FTPReply) -> Bool {
        [500, 501, 502, 504].contains(reply.code)
    }

    /// Puts unanswered questions back in front; only the first can be what broke the session.
    private func takeEnd(
        _ end: (reason: String, outage: Outage),
        _ unanswered: [RequestTag],
        wasUseful: Bool,
        lacksData: Bool,
        _ receive: (Result) -> Void
    ) {
        let lacksData = lacksData && lackingDataCount != nil
        if lacksData { lackingDataCount? += 1 }
        reading = nil
        waitingByteCount = 0
        let lost = unanswered.compactMap { underWay.removeValue(forKey: $0) }
        underWay = [:]
        // A server that accepts commands answers whatever needs no data connection.
        uselessCount = wasUseful || lacksData ? 0 : uselessCount + 1
        // One refusal may be one client too many; a timeout was long enough. If something was
        // asked, any of its attempts may have ended the session: only after that is it the server.
        let limit = lost.isEmpty ? (end.outage == .timedOut ? 1 : 2) : Self.attemptLimit + 1
        if uselessCount >= limit { failure = end }
        for (index, work) in lost.enumerated().reversed() {
            switch work {
            case .job(var job):
                if index == 0 { job.attempts += 1 }
                if job.attempts < Self.attemptLimit {
                    jobs.prepend(job)
                } else {
                    receive(.listed(job, isListed: false))
                }
            case .question(var asked):
                if index == 0 { asked.attempts += 1 }
                if asked.attempts < Self.attemptLimit {
                    questions.prepend(asked)
                } else {
                    receive(.unanswerable(asked))
                }
            }
        }
    }
}
