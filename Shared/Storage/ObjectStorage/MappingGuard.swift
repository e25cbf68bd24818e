import Glibc
import Synchronization

/// Keeps the process alive when a mapped file shrinks.
///
/// The kernel sends SIGBUS to whoever touches a page that the file does not reach any more
/// (mmap(2)). The handler puts pages of zeros there, and notes that the mapping is torn; a fault
/// anywhere else is what it was without it, the end.
enum MappingGuard {
    /// How many mappings are watched at once: a server has three, and for a moment twice as many.
    static let capacity = 64

    /// A mapping under watch until ``end()``.
    struct Watch: Sendable {
        fileprivate let place: Int

        var isTorn: Bool {
            unsafe places?[place].isTorn.load(ordering: .relaxed) ?? false
        }

        /// To be called before the mapping ends: its addresses are somebody else's then.
        func end() {
            unsafe places?[place].end.store(0, ordering: .relaxed)
            unsafe places?[place].start.store(0, ordering: .releasing)
        }
    }

    /// Watches over `byteCount` bytes at `start`; nil when there are too many mappings.
    static func watch(_ start: UnsafeMutableRawPointer, _ byteCount: Int) -> Watch? {
        installed.withLock { isInstalled in
            if !isInstalled { install() }
            isInstalled = true
            guard let places = unsafe places else { return nil }
            let first = UInt(bitPattern: start)
            for place in 0..<capacity
            where unsafe places[place].start.load(ordering: .relaxed) == 0 {
                unsafe places[place].isTorn.store(false, ordering: .relaxed)
                unsafe places[place].end.store(first + UInt(byteCount), ordering: .relaxed)
                unsafe places[place].start.store(first, ordering: .releasing)
                return Watch(place: place)
            }
            return nil
        }
    }

    private static let installed = Mutex(false)

    private static func install() {
        let made = UnsafeMutablePointer<Place>.allocate(capacity: capacity)
        for place in 0..<capacity { unsafe (made + place).initialize(to: Place()) }
        unsafe places = made
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_sigaction = unsafe survive
        action.sa_flags = SA_SIGINFO | SA_NODEFER
        unsafe sigaction(SIGBUS, &action, &earlier)
    }
}

/// The addresses of one mapping; 0 and 0 is none.
private struct Place: ~Copyable {
    let start = Atomic<UInt>(0)
    let end = Atomic<UInt>(0)
    let isTorn = Atomic(false)
}

/// Never freed: the handler may look at it at any time.
private nonisolated(unsafe) var places: UnsafeMutablePointer<Place>?
/// What was done about SIGBUS before.
private nonisolated(unsafe) var earlier = sigaction()

/// The handler: nothing but loads, stores and system calls.
private func survive(
    _ number: Int32,
    _ information: UnsafeMutablePointer<siginfo_t>?,
    _ context: UnsafeMutableRawPointer?
) {
    let error = errno
    defer { errno = error }
    if let places = unsafe places,
        let address = unsafe information?.pointee._sifields._sigfault.si_addr
    {
        let fault = UInt(bitPattern: address)
        for place in 0..<MappingGuard.capacity {
            let start = unsafe places[place].start.load(ordering: .acquiring)
            let end = unsafe places[place].end.load(ordering: .relaxed)
            guard start <= fault, fault < end else { continue }
            // The whole rest is gone, since a file ends in one place.
            let page = fault & ~4095
            let zeros = unsafe mmap(
                UnsafeMutableRawPointer(bitPattern: page),
                Int(end - page),
                PROT_READ,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                -1,
                0
            )
            guard unsafe zeros != MAP_FAILED else { break }
            unsafe places[place].isTorn.store(true, ordering: .relaxed)
            return
        }
    }
    // Back where it happened, the fault comes again, and meets what it would have met.
    unsafe sigaction(SIGBUS, &earlier, nil)
}
