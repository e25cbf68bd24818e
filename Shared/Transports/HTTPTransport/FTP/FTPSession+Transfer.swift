// Commands with a data connection: listings, and opening files.

extension FTPSession {
    /// The state of a command with a data connection.
    struct Transfer {
        var tag: RequestTag
        var command: [UInt8]
        /// Whether the lines are wanted, not only the reply.
        var isListing: Bool
        var startedAt: ContinuousClock.Instant
        var step = Step.extendedPassive
        var data: ByteConnection?
        /// Whether the data connection was made.
        var wasOpened = false
        var byteCount = 0
        var isDataOver = false
        /// Whether this side closed the data connection before its end.
        var isCut = false
        /// The reply that announced the data.
        var first: FTPReply?
        var last: FTPReply?

        enum Step {
            case extendedPassive
            case passive
            case transferring
        }
    }

    func transfer(_ verb: String, _ path: [UInt8], tag: RequestTag, isListing: Bool) {
        transfer = Transfer(
            tag: tag,
            command: Array(verb.utf8) + path,
            isListing: isListing,
            startedAt: clock.now
        )
        send(Array("EPSV".utf8))
    }

    /// Stops the current listing, of which enough was received.
    package func cutListing() {
        guard transfer?.isListing == true, transfer?.data != nil else { return }
        cutData()
        finishIfOver()
    }

    func takeTransfer(_ reply: FTPReply) {
        switch transfer?.step {
        case .extendedPassive:
            if let port = reply.extendedPassivePort { return connect(port) }
            transfer?.step = .passive
            send(Array("PASV".utf8))
        case .passive:
            guard let port = reply.passivePort else {
                return finishTransfer(.replied(tag: transfer?.tag ?? 0, reply))
            }
            connect(port)
        case .transferring:
            if reply.kind == 1 {
                transfer?.first = reply
                if transfer?.isListing == false { cutData() }
                return
            }
            transfer?.last = reply
            // A server that refuses makes no data connection; one whose data was cut off may reply
            // anything.
            if reply.kind != 2, transfer?.first == nil || transfer?.isCut == false {
                return finishTransfer(.replied(tag: transfer?.tag ?? 0, reply))
            }
            finishIfOver()
        case nil: break
        }
    }

    private func cutData() {
        retire(transfer?.data)
        transfer?.data = nil
        transfer?.isDataOver = true
        transfer?.isCut = true
    }

    /// Connects to the port at the address of the control connection, whatever address the server
    /// gives: behind NAT it is wrong, and any other host must not be contacted.
    private func connect(_ port: Int) {
        transfer?.step = .transferring
        do throws(HTTPTransportError) {
            transfer?.data = try ByteConnection(
                loop: loop,
                authority: "\(dataHost):\(port)",
                connectSeconds: settings.connectSeconds
            ) { [unowned self] in takeData($0) }
            transfer?.data?.isReading = takesLines
        } catch {
            return end("\(error)", .other)
        }
        if let command = transfer?.command { send(command) }
    }

    /// The host of data connections; a name behind a proxy, because only the proxy knows the
    /// address.
    private var dataHost: String {
        guard let address = control?.peerAddress else { return host }
        return address.contains(":") ? "[\(address)]" : address
    }

    private func takeData(_ event: ByteConnection.Event) {
        lastProgress = clock.now
        switch event {
        case .opened: transfer?.wasOpened = true
        case .received(let bytes):
            guard let transfer, transfer.isListing else { return }
            self.transfer?.byteCount += bytes.count
            guard transfer.byteCount + bytes.count <= settings.longestListing else {
                return cutListing()
            }
            receive(.lines(tag: transfer.tag, bytes))
        case .closed(let reason, let kind):
            if let reason {
                lacksDataConnection = transfer?.wasOpened == false
                return end("the data connection: \(reason)", kind)
            }
            transfer?.isDataOver = true
            finishIfOver()
        }
    }

    private func finishIfOver() {
        guard let transfer, transfer.isDataOver, let last = transfer.last else { return }
        guard transfer.isListing else {
            return finishTransfer(.replied(tag: transfer.tag, transfer.first ?? last))
        }
        let isWhole = !last.saysThatItIsCut && !transfer.isCut
        finishTransfer(.listed(tag: transfer.tag, isWhole: isWhole))
    }

    private func finishTransfer(_ event: Event) {
        retire(transfer?.data)
        transfer = nil
        answeredCount += 1
        receive(event)
    }
}
