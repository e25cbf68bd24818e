import Glibc
import Mirrors
import Synchronization
import TestSupport
import Testing

@testable import Redirection
@testable import RedirectionServer

/// Pages are made one at a time, and a crowd of clients cannot turn them into a load.
@Suite struct PageQueueTests {
    /// Makes a page when the test permits it.
    private final class Renderer: PageRenderer {
        let isBlocked = Atomic(true)
        let isAtWork = Atomic(false)
        let made = Mutex<[String]>([])

        func answer(_ request: PageRequest) -> [UInt8] {
            isAtWork.store(true, ordering: .relaxed)
            #expect(eventually(within: 60) { !isBlocked.load(ordering: .relaxed) })
            made.withLock { $0.append(String(decoding: request.path, as: UTF8.self)) }
            return request.path
        }

        func loadDetails(for snapshot: Snapshot) {}
    }

    private let renderer = Renderer()
    private let queue: PageQueue

    init() throws {
        queue = try PageQueue(renderer, trusting: TrustedProxies("10.0.0.0/8") ?? .none)
    }

    private func peer(_ address: String) -> Responder.Peer {
        Responder.Peer(address: IPAddress(address))
    }

    @discardableResult
    private func order(
        _ path: String,
        for address: String,
        deliver: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) -> PageQueue.Ticket {
        let request = PageRequest(
            page: .mirrorList,
            path: Array(path.utf8),
            client: Client(address: nil),
            preferences: nil,
            snapshot: nil,
            form: .html,
            head: RequestHead(),
            now: 0,
            closing: false
        )
        return queue.make(request, for: IPAddress(address), deliver: deliver)
    }

    /// Keeps the thread busy with its first page, so that pages ordered now have to wait.
    private func occupy() {
        order("first", for: "203.0.113.1")
        #expect(eventually(within: 10) { renderer.isAtWork.load(ordering: .relaxed) })
    }

    @Test func oneNetworkGetsAPartOfTheRoom() {
        defer { queue.stop() }
        let neighbour = "192.0.2.77"
        for number in 0..<PageQueue.capacityPerNetwork {
            #expect(queue.hasRoom(for: peer(neighbour)))
            order("page", for: "192.0.2.\(number)")
        }
        #expect(
            eventually(within: 10) { !queue.hasRoom(for: peer(neighbour)) || takesOne(neighbour) }
        )
        #expect(!queue.hasRoom(for: peer(neighbour)))
        #expect(queue.hasRoom(for: peer("198.51.100.1")))
        #expect(queue.hasRoom(for: peer("10.1.2.3")))
        renderer.isBlocked.store(false, ordering: .relaxed)
        #expect(eventually(within: 10) { queue.hasRoom(for: peer(neighbour)) })
    }

    /// The thread has taken one of them, so its place is free again.
    private func takesOne(_ address: String) -> Bool {
        order("one more", for: address)
        return false
    }

    @Test func allTogetherGetNoMoreThanTheRoomThereIs() {
        defer { queue.stop() }
        occupy()
        for number in 0..<PageQueue.capacity {
            #expect(queue.hasRoom(for: peer("10.0.0.1")))
            order("page", for: number % 2 == 0 ? "10.0.0.1" : "172.16.\(number).1")
        }
        #expect(!queue.hasRoom(for: peer("10.0.0.1")))
        #expect(!queue.hasRoom(for: peer("198.51.100.1")))
        renderer.isBlocked.store(false, ordering: .relaxed)
        #expect(
            eventually(within: 10) { renderer.made.withLock(\.count) == PageQueue.capacity + 1 }
        )
        #expect(queue.hasRoom(for: peer("198.51.100.1")))
    }

    /// A client that is gone takes up neither room nor time.
    @Test func whatWasCancelledIsNotMade() {
        defer { queue.stop() }
        occupy()
        let delivered = Mutex<[String]>([])
        for number in 0..<10_000 {
            let ticket = order("gone\(number)", for: "192.0.2.1") { _ in
                delivered.withLock { $0.append("gone") }
            }
            queue.cancel(ticket)
        }
        #expect(queue.hasRoom(for: peer("192.0.2.1")))
        order("here", for: "192.0.2.1") { bytes in
            delivered.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
        }
        renderer.isBlocked.store(false, ordering: .relaxed)
        #expect(eventually(within: 10) { delivered.withLock(\.count) == 1 })
        #expect(delivered.withLock { $0 } == ["here"])
        #expect(renderer.made.withLock { $0 } == ["first", "here"])
    }
}
