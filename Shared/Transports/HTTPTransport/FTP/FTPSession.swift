/// An anonymous session with an FTP server: directories are listed one at a time, while `SIZE`
/// commands are pipelined (RFC 959, 2428, 3659).
///
/// libcurl makes the connections but does not speak FTP here: its own FTP waits a round trip for
/// each command, and reports a truncated listing as a success. A session has one control
/// connection, and a data connection while a directory is listed.
package final class FTPSession {
    package enum Command: Hashable, Sendable {
        /// The entries of a directory, by `MLSD` or `LIST`.
        case list([UInt8], isMachineReadable: Bool)
        /// `SIZE`.
        case size([UInt8])
        /// `CWD`: is it a directory? The working directory does not matter otherwise.
        case enter([UInt8])
        /// `RETR`, ended as soon as the server starts to send: is the file readable?
        case open([UInt8])

        /// Whether it needs a data connection.
        package var transfersData: Bool {
            switch self {
            case .list, .open: true
            case .size, .enter: false
            }
        }
    }

    package enum Event {
        /// The session accepts commands.
        case ready
        /// A part of a directory's listing.
        case lines(tag: RequestTag, ArraySlice<UInt8>)
        /// The listing has ended: complete according to the server, or cut off by either side.
        case listed(tag: RequestTag, isWhole: Bool)
        /// The reply to a command; for `list` only an error, for `open` the one before the data.
        case replied(tag: RequestTag, FTPReply)
        /// The session has ended; these commands were not answered.
        case ended(FailureKind, reason: String, unanswered: [RequestTag])
    }

    package struct Settings: Hashable, Sendable {
        package var connectSeconds = 15
        /// The maximum time without a byte while something is pending.
        package var silenceSeconds = 30
        /// The password: the contact address, as RFC 1635 recommends.
        package var password = "anonymous@"
        /// The maximum size of a directory's listing, in bytes: 146,000 entries with all facts take
        /// 27 MB.
        package var longestListing = 64 << 20
        /// The maximum duration of a directory's listing.
        package var listingSeconds = 180

        package init() {}
    }

    private enum Stage {
        case connecting
        case greeting
        case user
        case password
        case features
        case factOptions
        case binary
        case workingDirectory
        case ready
        case over
    }

    let loop: MultiLoop
    let settings: Settings
    let host: String
    let receive: (Event) -> Void
    var control: ByteConnection?
    private var parser = FTPReplyParser()
    private var stage = Stage.connecting
    private var waiting: [RequestTag] = []
    var transfer: Transfer?
    /// Connections that must not be freed in their own callback.
    private var retired: [ByteConnection] = []
    var lastProgress: ContinuousClock.Instant
    let clock = ContinuousClock()

    /// Whether the server supports `MLSD`.
    package private(set) var hasMachineListing = false
    /// The directory after the login, without a trailing slash; base URLs are relative to it.
    package private(set) var home: [UInt8] = []
    /// The address of the server; nil before connecting, and behind a proxy.
    package var peerAddress: String? { control?.peerAddress }

    /// The number of answered commands.
    package internal(set) var answeredCount = 0
    /// Whether the session ended because no data connection could be made: a firewall passes only
    /// the control port.
    package internal(set) var lacksDataConnection = false

    /// Starts to connect to `authority`, `host[:port]`; `receive` is called from steps of the loop
    /// and from within ``start(_:tag:)`` and ``checkSilence()``.
    package init(
        loop: MultiLoop,
        authority: String,
        settings: Settings = Settings(),
        receive: @escaping (Event) -> Void
    ) throws(HTTPTransportError) {
        self.loop = loop
        self.settings = settings
        self.receive = receive
        lastProgress = clock.now
        let authority = Self.withPort(authority)
        host = String(authority[..<(authority.lastIndex(of: ":") ?? authority.endIndex)])
        control = try ByteConnection(
            loop: loop,
            authority: authority,
            connectSeconds: settings.connectSeconds
        ) { [unowned self] in takeControl($0) }
    }

    private static func withPort(_ authority: String) -> String {
        let host = authority.utf8.lastIndex(of: UInt8(ascii: "]")) ?? authority.startIndex
        return authority[host...].contains(":") ? authority : "\(authority):21"
    }

    /// The number of commands without an answer.
    package var inFlightCount: Int { waiting.count + (transfer == nil ? 0 : 1) }

    package var isReady: Bool { stage == .ready }

    /// Whether a command with a data connection can be started, because nothing else is pending.
    package var canTransfer: Bool { stage == .ready && inFlightCount == 0 }

    /// Whether another command can be started now.
    package var canAsk: Bool { stage == .ready && transfer == nil }

    /// Whether to receive the lines of a listing; otherwise the server has to wait.
    package var takesLines = true {
        didSet { if takesLines != oldValue { transfer?.data?.isReading = takesLines } }
    }

    /// Starts a command; only if ``canTransfer`` or ``canAsk``, and with a path that
    /// ``isSendable(_:)`` accepts.
    package func start(_ command: Command, tag: RequestTag) {
        if inFlightCount == 0 { lastProgress = clock.now }
        switch command {
        case .list(let path, let isMachineReadable):
            transfer(isMachineReadable ? "MLSD " : "LIST ", path, tag: tag, isListing: true)
        case .open(let path):
            transfer("RETR ", path, tag: tag, isListing: false)
        case .size(let path):
            waiting.append(tag)
            send(Array("SIZE ".utf8) + path)
        case .enter(let path):
            waiting.append(tag)
            send(Array("CWD ".utf8) + path)
        }
    }

    /// Whether a command can contain the path: a single line, without Telnet escapes.
    package static func isSendable(_ path: some Sequence<UInt8>) -> Bool {
        path.allSatisfy { $0 != 0 && $0 != 0x0A && $0 != 0x0D && $0 != 0xFF }
    }

    /// Ends the session if the server has been silent for too long; call it regularly.
    package func checkSilence() {
        retired.removeAll()
        if let transfer, clock.now - transfer.startedAt > .seconds(settings.listingSeconds) {
            return end("a listing takes longer than \(settings.listingSeconds) s", .timedOut)
        }
        guard stage != .over, stage != .ready || inFlightCount > 0,
            clock.now - lastProgress > .seconds(settings.silenceSeconds)
        else { return }
        end("silent for \(settings.silenceSeconds) s", .timedOut)
    }

    func send(_ line: [UInt8]) {
        control?.send(line + [0x0D, 0x0A])
    }

    private func takeControl(_ event: ByteConnection.Event) {
        lastProgress = clock.now
        switch event {
        case .opened: stage = .greeting
        case .closed(let reason, let kind):
            end(reason ?? "the server closed the connection", kind)
        case .received(let bytes):
            do throws(FTPReplyParser.Malformed) {
                for reply in try parser.consume(bytes) where stage != .over { take(reply) }
            } catch {
                end("the server does not speak FTP: \(error.line)", .notHTTP)
            }
        }
    }

    private func take(_ reply: FTPReply) {
        if reply.code == 421 { return end("the server closes: \(reply.text)", .closed) }
        if transfer != nil { return takeTransfer(reply) }
        guard stage == .ready else { return logIn(reply) }
        guard reply.kind != 1 else { return }
        guard !waiting.isEmpty else {
            return end("a reply without a command: \(reply.text)", .notHTTP)
        }
        answeredCount += 1
        receive(.replied(tag: waiting.removeFirst(), reply))
    }

    private func logIn(_ reply: FTPReply) {
        guard reply.kind != 1 else { return }
        switch stage {
        case .greeting where reply.kind == 2:
            stage = .user
            send(Array("USER anonymous".utf8))
        case .user where reply.code == 331:
            stage = .password
            send(Array("PASS \(settings.password)".utf8))
        case .user where reply.kind == 2, .password where reply.kind == 2:
            stage = .features
            send(Array("FEAT".utf8))
        case .features:
            hasMachineListing = reply.hasMachineListing
            // Without the unneeded facts, a line is half as long.
            if hasMachineListing {
                stage = .factOptions
                send(Array("OPTS MLST type;size;modify;perm;UNIX.mode;".utf8))
            } else {
                stage = .binary
                send(Array("TYPE I".utf8))
            }
        case .factOptions:
            stage = .binary
            send(Array("TYPE I".utf8))
        case .binary where reply.kind == 2:
            stage = .workingDirectory
            send(Array("PWD".utf8))
        case .workingDirectory:
            home = reply.quotedPath ?? []
            guard home.count <= Self.longestPath else {
                return end("its home has too long a path", .other)
            }
            stage = .ready
            receive(.ready)
        default:
            end("the server refuses: \(reply.code) \(reply.text)", .refused)
        }
    }

    /// Linux's `PATH_MAX`.
    private static let longestPath = 4096

    func end(_ reason: String, _ kind: FailureKind) {
        guard stage != .over else { return }
        stage = .over
        let unanswered = waiting + (transfer.map { [$0.tag] } ?? [])
        waiting = []
        retire(transfer?.data)
        transfer = nil
        retire(control)
        receive(.ended(kind, reason: reason, unanswered: unanswered))
    }

    func retire(_ connection: ByteConnection?) {
        guard let connection else { return }
        connection.close()
        retired.append(connection)
    }
}
