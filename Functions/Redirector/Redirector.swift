import FunctionRuntime
import Glibc
import Linux
import RedirectionServer

/// The Redirector: sends a client to a mirror that has the file.
///
/// An HTTP server; or, where the environment says that a web server runs it (`GATEWAY_INTERFACE`, RFC
/// 3875) or OpenFaaS's classic watchdog (`Http_Method`), a program that answers one request. It is
/// configured by the environment alone.
@main
enum Redirector {
    static func main() {
        // A web server may put a query's words on the command line (RFC 3875, section 4.4), so a CGI
        // program must not look there; nor has it the time to.
        if unsafe getenv("GATEWAY_INTERFACE") == nil,
            let argument = CommandLine.arguments.dropFirst().first
        {
            exit(answer(argument))
        }
        do throws(FunctionError) {
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
    private static func answer(_ argument: String) -> Int32 {
        switch argument {
        case "--help", "-h":
            print(help)
            return 0
        case "--version":
            print("redirector \(Function.version)")
            return 0
        default:
            Log.error("\(argument) is not understood: see redirector --help")
            return 2
        }
    }

    private static let help = """
        redirector: sends every download to a mirror that has the file.

        Serves HTTP. Run by a web server as a CGI program (GATEWAY_INTERFACE is set), it answers that
        one request. The environment configures it:

          FALLBACK_URL           the host that has every file; required: https://distfiles.example.org/
          REGION                 whose map is used; required: europe; auto: the client's country chooses
          DEFAULT_REGION         with REGION=auto the region of clients of unknown country
          COUNTRY_DB             a MaxMind DB that tells the country of an address (none)
          STORAGE_URL            where maps and health are (file:///var/lib/redirector)
          LISTEN, PORT           where to listen (0.0.0.0, 8080)
          THREADS                event loops (1)
          TRUSTED_PROXIES        networks whose X-Forwarded-For, X-Forwarded-Proto and country headers
                                 are believed, joined by commas: 10.0.0.0/8, 2001:db8::/32 (none)
          ORIGINAL_URI_HEADER    a header in which these give the client's own target, and which they
                                 overwrite: X-Original-URI (none)
          REDIRECT_STATUS        302 or 307 (302)
          REDIRECT_MAX_AGE       seconds that caches may keep a redirect (0: not at all)
          MAX_LINKS              other mirrors named in a Link header (4)
          RETRY_SECONDS          who asks for a file again so soon gets the next mirror (0: the same)
          STATUS_URL             a page about the mirrors, linked from / (none)
          MAP_REFRESH_SECONDS    between two looks for a newer map, while somebody asks (5)
          STORAGE_PATIENCE_MS    a request waits so long for storage, then the fallback answers (1500)
          HEALTH_MAX_AGE_SECONDS older health is ignored, all mirrors count as up (900)
          IDLE_TIMEOUT_SECONDS   a connection may be silent between requests (60)
          HEAD_TIMEOUT_SECONDS   the head of a request may take to arrive (10)
          MAX_CONNECTIONS        open at once (10000); beyond, the longest inactive one ends
          MAX_CONNECTIONS_PER_NETWORK
                                 of one /24 or /48 (1000); TRUSTED_PROXIES are exempt
          MAX_PENDING_BYTES      waiting for clients that do not read (16777216)
          MAX_REQUESTS           on one connection, which ends then (100000)
          LOG_REQUESTS           requests that make one JSON line on standard output (0: no lines)
          LOG_CLIENTS            network (/24, /48), full or none: what the lines tell of a client
          DRAIN_SECONDS          served after SIGTERM while /_/ready says 503 (5)

        GET /, /_/health, /_/ready and /metrics are answered here; every other path is redirected, but
        for ?mirrorlist, ?meta4 and ?explain. ?country=cc, ?avoid=id,id, ?mirror=id and ?https=1 are wishes.

          FALLBACK_URL=https://distfiles.example.org/ REGION=europe redirector &
          curl -I http://127.0.0.1:8080/distfiles/layout.conf
        """
}
