import FunctionRuntime
import Glibc
import JSON
import StatusPages

/// The status function: makes static pages and files about the mirrors from what is in storage.
@main struct StatusFunction {
    static let help = """
        status: makes the pages below status/ that say how the mirrors are

        It reads one JSON request on standard input and prints one JSON result on standard output.
        An empty request makes all pages, and writes those that changed.

          {}                                all pages
          {"mirror": "mirror.example.org"}  what is known of one mirror; writes nothing

        Redirectors serve what is below status/ at /_/status/; any web server or bucket can, too: the
        pages have no script and lead to each other by relative links.

        Exit status: 0 done, 1 failed, 2 bad request.
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
