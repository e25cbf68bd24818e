import FunctionRuntime
import Glibc
import StatusPages

/// The status function: makes static pages and files about the mirrors from storage.
@main struct StatusFunction {
    static let help = """
        status: makes the pages below status/ that tell how the mirrors are

        Reads one JSON request on standard input and prints one JSON result line. It
        writes only pages that changed.

        Request (optional):
          mirror  print what is known of this mirror, by id, and write nothing

          echo '{}' | status
          echo '{"mirror": "mirror.example.org"}' | status

        Redirectors serve the pages at /_/status/. Any web server or bucket can serve
        them, too: they have no scripts, and their links are relative.

        Exit status: 0 done, 1 failed, 2 bad request or configuration.
        """

    static func main() {
        let function = Function(name: "status", help: help, openKeys: ["mirror"])
        exit(
            function.run { fields, environment in
                try StatusRequest(&fields, environment)
            } work: { request in
                try request.run()
            }
        )
    }
}
