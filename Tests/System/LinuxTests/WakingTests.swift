import Glibc
import Linux
import Synchronization
import Testing

@Suite struct WakingTests {
    @Test func allSignalsAreTakenAtOnce() throws {
        let counter = try EventCounter()
        #expect(!counter.take())
        counter.signal()
        counter.signal()
        #expect(counter.isSignalled(until: 0))
        #expect(counter.take())
        #expect(!counter.take())
        #expect(!counter.isSignalled(until: 0))
    }

    @Test func countsEachSignalIfAsked() throws {
        let counter = try EventCounter(countsEach: true)
        counter.signal()
        counter.signal()
        #expect(counter.take())
        #expect(counter.take())
        #expect(!counter.take())
    }

    @Test func aThreadSleepsUntilItIsSignalled() throws {
        let counter = try EventCounter()
        let order = Mutex<[String]>([])
        let isWaiting = try EventCounter()
        let thread = try Thread {
            isWaiting.signal()
            counter.wait()
            order.withLock { $0.append("woken") }
        }
        isWaiting.wait()
        order.withLock { $0.append("signalled") }
        counter.signal()
        thread.join()
        #expect(order.withLock { $0 } == ["signalled", "woken"])
    }

    @Test func epollTellsWhichDescriptorIsReadyAndForWhat() throws {
        let epoll = try Epoll()
        let (first, second) = (try EventCounter(), try EventCounter())
        try epoll.watch(first.descriptor, for: .readable)
        try epoll.watch(second.descriptor, for: [.readable, .onChange])
        #expect(epoll.wait(atMost: 0) == 0)
        second.signal()
        #expect(epoll.wait(atMost: -1) == 1)
        #expect(epoll.event(at: 0).descriptor == second.descriptor)
        #expect(epoll.event(at: 0).events == .readable)
        // It is reported once.
        #expect(epoll.wait(atMost: 0) == 0)
        first.signal()
        // It is reported as long as it is there.
        #expect(epoll.wait(atMost: -1) == 1)
        #expect(epoll.wait(atMost: 0) == 1)
        try epoll.change(first.descriptor, to: .writable)
        #expect(epoll.wait(atMost: -1) == 1)
        #expect(epoll.event(at: 0).events == .writable)
        epoll.ignore(first.descriptor)
        #expect(epoll.wait(atMost: 0) == 0)
        #expect(throws: Linux.SystemError.self) {
            try epoll.change(first.descriptor, to: .readable)
        }
    }
}
