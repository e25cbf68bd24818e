import FunctionRuntime
import Glibc
import Linux
import RedirectionServer

/// The redirector: sends a client to a mirror that has the file.
///
/// It is an HTTP server by default. Started by a web server (`GATEWAY_INTERFACE`, RFC 3875) or by
/// OpenFaaS's classic watchdog (`Http_Method`), it answers one request and exits; on AWS Lambda
/// (`AWS_LAMBDA_RUNTIME_API`) it is a function. Only the environment configures it.
@main
enum Redirector {
    static func main() {
        // A web server may pass a query's words as arguments (RFC 3875, section 4.4), so a CGI
        // program must not parse them, nor does it have the time. On Lambda an argument may name
        // the handler.
        if unsafe getenv("GATEWAY_INTERFACE") == nil,
            unsafe getenv("AWS_LAMBDA_RUNTIME_API") == nil, CommandLine.arguments.count > 1
        {
            exit(answer(Array(CommandLine.arguments.dropFirst())))
        }
        do throws(FunctionError) {
            if let api = try RuntimeAPI(.ofProcess()) {
                try LambdaProgram.run(api) { () throws(FunctionError) in
                    try RedirectorSettings(.ofProcess())
                }
                return
            }
            let settings = try RedirectorSettings(.ofProcess())
            if unsafe getenv("GATEWAY_INTERFACE") != nil {
                try CGIProgram.run(settings)
            } else if WatchdogProgram.isCalled {
                try WatchdogProgram.run(settings)
            } else {
                try serve(settings)
            }
        } catch {
            Log.error("\(error)")
            exit(error.exitStatus)
        }
    }

    private static func serve(_ environmental: RedirectorSettings) throws(FunctionError) {
        StopSignals.block()
        OpenFiles.raiseLimit()
        var settings = environmental
        do throws(SystemError) {
            settings.passedSockets = try PassedSockets.take()
        } catch {
            throw .badRequest("LISTEN_FDS: \(error)")
        }
        let server = try RedirectionServer(settings)
        PassedSockets.tellThatItServes()
        Environment.ofProcess().warnOfMisspelt()
        switch ending(of: server, settings) {
        case .terminate where settings.drainSeconds > 0:
            server.beginDraining()
            Log.info("draining", ["seconds": settings.drainSeconds])
            StopSignals.wait(seconds: settings.drainSeconds)
        case .takeOver:
            // Clients learn with their next answer that the connection closes.
            StopSignals.wait(seconds: settings.drainSeconds)
        case .terminate, .interrupt, nil: break
        }
        server.shutDown()
        Log.info("stopped")
    }

    /// Waits for a reason to end; nil means that the server was idle.
    private static func ending(
        of server: RedirectionServer,
        _ settings: RedirectorSettings
    ) -> StopSignals.Signal? {
        let idleSeconds = settings.passedSockets.isEmpty ? 0 : settings.exitIdleSeconds
        var activity: UInt64?
        while true {
            let signal =
                idleSeconds > 0 ? StopSignals.wait(seconds: idleSeconds) : StopSignals.wait()
            switch signal {
            case .takeOver:
                do throws(FunctionError) {
                    let successor = try server.handOver()
                    Log.info("handing over", ["process": successor])
                    return .takeOver
                } catch {
                    Log.error("\(error)")
                }
            case nil:
                // Clients that connect from here on wait in the socket, whose owner starts the next
                // process.
                if let now = server.activity, now == activity {
                    Log.info("idle, exiting", ["seconds": idleSeconds])
                    return nil
                }
                activity = server.activity
            case let signal?: return signal
            }
        }
    }

    /// Answers a command line and returns the exit status.
    private static func answer(_ arguments: [String]) -> Int32 {
        switch arguments {
        case ["--help"], ["-h"]:
            print(help, Setting.help(of: "redirector"), separator: "\n\n")
            return 0
        case ["--version"]:
            print("redirector \(Function.version)")
            return 0
        default:
            let text = arguments.joined(separator: " ")
            Log.error(
                "\(text): not understood, see redirector --help; the environment configures it"
            )
            return 2
        }
    }

    private static let help = """
        redirector: sends each download to a mirror that has the file

        Serves HTTP. If a web server runs it as a CGI program (GATEWAY_INTERFACE is
        set), it answers that one request. The environment variables below configure it.

        If systemd opened the port (LISTEN_FDS), it answers there. On SIGUSR2 a new
        process takes over the port and refuses no connection; if the program's file
        was replaced, that is the new version.

        It answers /, /_/health, /_/ready, /_/status/ and /metrics itself, and pages
        such as PATH?mirrorlist, PATH?meta4 and PATH?explain. Every other path is
        redirected. ?country=cc, ?near=lat,lon, ?avoid=id,id, ?mirror=id and ?https=1
        change the choice.

          FALLBACK_URL=https://distfiles.example.org/ REGION=europe redirector &
          curl -I http://127.0.0.1:8080/distfiles/layout.conf
        """
}
