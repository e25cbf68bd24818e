package import FunctionRuntime
package import Heartbeats
package import JSON
import Mirrors
package import ObjectStorage
package import StatusFacts

/// Sends notices about mirrors with a problem to a webhook.
///
/// Every message is sent at least once: it is recorded after it was sent, so a run that is killed
/// in between sends it again. A lease keeps two runs from sending the same message.
package struct Notices {
    private let store: any BlobStore
    private let send: (JSONValue) throws(Webhook.Failure) -> Void
    private let thresholds: NoticeThresholds
    /// The public URL of the pages, with a trailing slash; empty if not set.
    private let pages: String

    /// The maximum number of messages in a run; beyond that, they are combined into one.
    package static let messageLimit = 20
    /// The maximum number of lines in a message about many mirrors.
    private static let lineLimit = 100
    /// After this many seconds no further message is started; the next run sends the rest.
    private static let seconds = 45.0
    private static let lease = "status-notices"
    /// Longer than all messages of a run take.
    private static let leaseSeconds: Int64 = 120

    package init(
        store: any BlobStore,
        thresholds: NoticeThresholds,
        pages: String,
        send: @escaping (JSONValue) throws(Webhook.Failure) -> Void
    ) {
        self.store = store
        self.thresholds = thresholds
        self.pages = pages
        self.send = send
    }

    /// Sends new notices, and returns the number of messages.
    ///
    /// A message that the webhook did not accept is repeated in the next run; failures are warnings
    /// of the run.
    package func tell(_ facts: DeploymentFacts, _ notes: RunNotes) -> Int {
        do throws(StorageError) {
            return try told(facts, notes)
        } catch {
            notes.warn("notices: \(error)")
            return 0
        }
    }

    private func told(_ facts: DeploymentFacts, _ notes: RunNotes) throws(StorageError) -> Int {
        let key = try BlobKey(NoticeMemory.key)
        guard var memory = try read(key, notes) else { return 0 }
        let before = memory.state
        var due = memory.state.judge(facts, by: thresholds)
        guard !due.isEmpty else {
            if memory.state != before { try write(memory.state, key, over: memory.tag) }
            return 0
        }
        guard
            case .acquired(let lease) = try Lease.acquire(
                Self.lease,
                for: Self.leaseSeconds,
                in: store
            )
        else { return 0 }
        // Another run may have sent it since.
        guard let latest = try read(key, notes) else { return 0 }
        memory = latest
        due = memory.state.judge(facts, by: thresholds)
        var count = 0
        do throws(Webhook.Failure) {
            try deliver(due, notes) { told in
                count += 1
                for notice in told { memory.state.note(notice, at: facts.now) }
            }
        } catch {
            notes.warn("\(error)")
        }
        try write(memory.state, key, over: memory.tag)
        try lease.release()
        return count
    }

    /// Sends each notice separately, or many in one message.
    private func deliver(
        _ notices: [Notice],
        _ notes: RunNotes,
        _ wasSent: ([Notice]) -> Void
    ) throws(Webhook.Failure) {
        guard notices.count <= Self.messageLimit else {
            try send(digest(of: notices, notes))
            wasSent(notices)
            return
        }
        let contacts = contacts(notes)
        let time = Backoff(totalSeconds: Self.seconds, baseSeconds: 1, capSeconds: 1)
        for notice in notices where time.remainingSeconds > 0 {
            try send(.object(notice.json(page: page(of: notice), contact: contacts[notice.mirror])))
            wasSent([notice])
        }
    }

    private func digest(of notices: [Notice], _ notes: RunNotes) -> JSONValue {
        let contacts = contacts(notes)
        let ended = notices.count { $0.kind == .ended }
        var lines = [
            "\(notices.count - ended) mirrors have a problem, \(ended) have one no more:"
        ]
        lines += notices.prefix(Self.lineLimit).map { $0.text(page: nil) }
        if notices.count > Self.lineLimit {
            lines.append("and \(notices.count - Self.lineLimit) more")
        }
        if !pages.isEmpty { lines.append("\(pages)index.html#problems") }
        return [
            "version": 1, "kind": "digest",
            "notices": .array(
                notices.map {
                    .object($0.json(page: page(of: $0), contact: contacts[$0.mirror]))
                }
            ),
            "text": .string(lines.joined(separator: "\n")),
        ]
    }

    private func page(of notice: Notice) -> String? {
        pages.isEmpty ? nil : "\(pages)m/\(notice.mirror).html"
    }

    /// The contacts of the mirrors' administrators, from overrides; none if these are unreadable.
    private func contacts(_ notes: RunNotes) -> [Mirror.ID: String] {
        do {
            guard let blob = try store.get(BlobKey(BlobName.overrides)) else { return [:] }
            let overrides = try MirrorOverrides(json: JSONValue(parsing: blob.bytes), for: nil)
            return overrides.byMirror.compactMapValues(\.contact)
        } catch {
            notes.warn(
                "notices name no contacts, because \(BlobName.overrides) cannot be read: \(error); "
                    + "correct it with `mirrors edit`, or restore it"
            )
            return [:]
        }
    }

    // MARK: - Memory

    /// Nil if it is unreadable, because then everything would be sent again.
    private func read(
        _ key: BlobKey,
        _ notes: RunNotes
    ) throws(StorageError) -> (state: NoticeMemory, tag: EntityTag?)? {
        guard let blob = try store.get(key) else { return (NoticeMemory(), nil) }
        do throws(JSONError) {
            return (try NoticeMemory(json: JSONValue(parsing: blob.bytes)), blob.tag)
        } catch {
            notes.warn("no notice is sent: \(key): \(error); remove it (storage rm \(key))")
            return nil
        }
    }

    /// Replaces the version that was read; the second of two writers leaves it to the next run.
    private func write(
        _ memory: NoticeMemory,
        _ key: BlobKey,
        over tag: EntityTag?
    ) throws(StorageError) {
        do throws(StorageError) {
            try store.put(
                key,
                memory.json.serialized(),
                if: tag.map { .unchanged($0) } ?? .absent
            )
        } catch .conditionFailed {
            Log.info("notice memory changed by another run")
        }
    }
}

extension Notices {
    /// Reads `STATUS_WEBHOOK` and `STATUS_NOTICES`; nil without a webhook.
    package init?(
        store: any BlobStore,
        pages: String,
        _ environment: Environment
    ) throws(FunctionError) {
        let thresholds = try NoticeThresholds(environment[.statusNotices])
        guard let webhook = try Webhook(environment) else { return nil }
        self.init(store: store, thresholds: thresholds, pages: pages) {
            message throws(Webhook.Failure) in
            try webhook.send(message)
        }
    }
}
