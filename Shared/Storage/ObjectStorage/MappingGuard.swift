import Glibc
import Synchronization

/// Keeps the process alive when a mapped file is truncated.
///
/// The kernel sends SIGBUS on access to a page beyond the end of the file (mmap(2)). The handler
/// maps pages of zeros there, and marks the mapping as torn; a fault anywhere else kills the
/// process as usual.
enum MappingGuard {
    /// The maximum number of watched mappings: a server has three, and briefly twice as many.
    static let capacity = 64

    /// A mapping that is watched until ``end()``.
    struct Watch: Sendable {
        fileprivate let slot: Int

        var isTorn: Bool {
            unsafe slots?[slot].isTorn.load(ordering: .relaxed) ?? false
        }

        /// Call it before unmapping, because its addresses may then be reused.
        func end() {
            unsafe slots?[slot].end.store(0, ordering: .relaxed)
            unsafe slots?[slot].start.store(0, ordering: .releasing)
        }
    }

    /// Watches `byteCount` bytes at `start`; nil if there are too many mappings.
    static func watch(_ start: UnsafeMutableRawPointer, _ byteCount: Int) -> Watch? {
        installed.withLock { isInstalled in
            if !isInstalled { install() }
            isInstalled = true
            guard let slots = unsafe slots else { return nil }
            let first = UInt(bitPattern: start)
            for slot in 0..<capacity
            where unsafe slots[slot].start.load(ordering: .relaxed) == 0 {
                unsafe slots[slot].isTorn.store(false, ordering: .relaxed)
                unsafe slots[slot].end.store(first + UInt(byteCount), ordering: .relaxed)
                unsafe slots[slot].start.store(first, ordering: .releasing)
                return Watch(slot: slot)
            }
            return nil
        }
    }

    private static let installed = Mutex(false)

    private static func install() {
        let made = UnsafeMutablePointer<GuardedMapping>.allocate(capacity: capacity)
        for slot in 0..<capacity { unsafe (made + slot).initialize(to: GuardedMapping()) }
        unsafe slots = made
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_sigaction = unsafe survive
        action.sa_flags = SA_SIGINFO | SA_NODEFER
        unsafe sigaction(SIGBUS, &action, &earlier)
    }
}

/// The addresses of one mapping; both are 0 in a free slot.
private struct GuardedMapping: ~Copyable {
    let start = Atomic<UInt>(0)
    let end = Atomic<UInt>(0)
    let isTorn = Atomic(false)
}

/// Never freed, because the handler may read it at any time.
private nonisolated(unsafe) var slots: UnsafeMutablePointer<GuardedMapping>?
/// The earlier action for SIGBUS.
private nonisolated(unsafe) var earlier = sigaction()

/// The handler, which only uses loads, stores and system calls.
private func survive(
    _ number: Int32,
    _ information: UnsafeMutablePointer<siginfo_t>?,
    _ context: UnsafeMutableRawPointer?
) {
    let error = errno
    defer { errno = error }
    if let slots = unsafe slots,
        let address = unsafe information?.pointee._sifields._sigfault.si_addr
    {
        let fault = UInt(bitPattern: address)
        for slot in 0..<MappingGuard.capacity {
            let start = unsafe slots[slot].start.load(ordering: .acquiring)
            let end = unsafe slots[slot].end.load(ordering: .relaxed)
            guard start <= fault, fault < end else { continue }
            // Everything after it is gone as well, because a file has one end.
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
            unsafe slots[slot].isTorn.store(true, ordering: .relaxed)
            return
        }
    }
    // After the return, the fault recurs and meets the earlier action.
    unsafe sigaction(SIGBUS, &earlier, nil)
}
