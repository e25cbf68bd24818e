import Glibc
import ParserJudge

/// The reader that `FUZZ_TARGET` names.
private let target: ParserTarget = {
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = ParserTarget(rawValue: name) else {
        let names = ParserTarget.allCases.map(\.rawValue).joined(separator: ", ")
        print("FUZZ_TARGET: expected one of \(names), found \"\(name)\"")
        exit(2)
    }
    return target
}()

/// Called by libFuzzer with each input; a fault ends the process, and libFuzzer keeps the input.
@c(LLVMFuzzerTestOneInput)
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = unsafe UnsafeBufferPointer(start: start, count: count)
    if let fault = unsafe target.fault(input.span) { fatalError("\(target.rawValue): \(fault)") }
    return 0
}
