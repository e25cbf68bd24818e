import FunctionRuntime
import Glibc
import Linux
import RedirectionServer

/// The Redirector: sends a client to a mirror that has the file.
///
/// An HTTP server; or, where the environment says that a web server runs it (`GATEWAY_INTERFACE`, RFC
/// 3875) or OpenFaaS's classic watchdog (`Http_Method`), a program that answers one request; on AWS
/// Lambda (`AWS_LAMBDA_RUNTIME_API`) a function. It is configured by the environment alone.
@main
enum Redirector {
    static func main() {
        // A web server may put a query's words on the command line (RFC 3875, section 4.4), so a CGI
        // program must not look there; nor has it the time to.
        if unsafe getenv("GATEWAY_INTERFACE") == nil,
            CommandLine.arguments.count > 1
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

    private static func serve(_ settings: RedirectorSettings) throws(FunctionError) {
        StopSignals.holdBack()
        OpenFiles.raiseLimit()
        let server = try RedirectionServer(settings)
        if StopSignals.wait() == .terminate, settings.drainSeconds > 0 {
            server.beginDraining()
            Log.info("draining", ["seconds": settings.drainSeconds])
            StopSignals.wait(seconds: settings.drainSeconds)
        }
        server.shutDown()
        Log.info("stopped")
    }

    /// Answers the command line; the exit status.
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
        redirector: sends every download to a mirror that has the file.

        Serves HTTP. Run by a web server as a CGI program (GATEWAY_INTERFACE is set), it answers that
        one request. The environment configures it, see below.

        GET /, /_/health, /_/ready and /metrics are answered here; every other path is redirected, but
        for ?mirrorlist, ?meta4 and ?explain. ?country=cc, ?avoid=id,id, ?mirror=id and ?https=1 are wishes.

          FALLBACK_URL=https://distfiles.example.org/ REGION=europe redirector &
          curl -I http://127.0.0.1:8080/distfiles/layout.conf
        """
}
