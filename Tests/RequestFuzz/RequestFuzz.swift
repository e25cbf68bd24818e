import RequestJudge

/// One thread, so one judge.
private nonisolated(unsafe) var judge = {
    do {
        return try RequestJudge()
    } catch {
        fatalError("\(error)")
    }
}()

/// Called by libFuzzer with each input; a fault ends the process, and libFuzzer keeps the input.
@c(LLVMFuzzerTestOneInput)
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = unsafe UnsafeBufferPointer(start: start, count: count)
    if let fault = unsafe judge.fault(input.span) { fatalError(fault) }
    return 0
}
