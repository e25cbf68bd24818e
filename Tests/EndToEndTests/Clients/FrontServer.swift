import Foundation
import TestSupport

/// A proxy or cache in front of a redirector: any program that stays in the foreground.
final class FrontServer: Sendable {
    /// The http port on 127.0.0.1.
    let port: Int
    /// The port for https; nil if there is none.
    let securePort: Int?
    private let child: ChildProcess
    private let streams: FunctionStreams
    private let atEnd: @Sendable () -> Void

    /// Starts `program` and waits until it accepts connections.
    init(
        _ program: String,
        _ arguments: [String],
        port: Int,
        securePort: Int? = nil,
        atEnd: @escaping @Sendable () -> Void = {}
    ) throws {
        self.port = port
        self.securePort = securePort
        self.atEnd = atEnd
        let streams = try FunctionStreams()
        self.streams = streams
        let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        child = try FunctionBinary(try ClientTool.path(of: program), environment: environment)
            .start(arguments: arguments, streams: streams)
        let starts = eventually(within: 60, every: 0.02) { [child] in
            let ports = [port, securePort].compactMap { $0 }
            return !child.isRunning
                || ports.allSatisfy { (try? HTTPConnection(port: $0).connect()) != nil }
        }
        guard starts, child.isRunning else {
            let log = try streams.log + streams.printed
            throw EndToEndError.notStarted(program, log: log)
        }
    }

    deinit {
        child.stop()
        atEnd()
    }
}
