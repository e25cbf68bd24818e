import Glibc
import Testing

/// Runs `body` as a user to whom file permissions apply; they do not apply to root.
func asNobody<Value>(_ body: () throws -> Value) throws -> Value {
    guard geteuid() == 0 else { return try body() }
    typealias Change = @convention(c) (uid_t) -> Int32
    let symbol = try unsafe #require(dlsym(nil, "setfsuid"))
    let setfsuid = unsafe unsafeBitCast(symbol, to: Change.self)
    _ = setfsuid(65_534)
    defer { _ = setfsuid(0) }
    return try body()
}
