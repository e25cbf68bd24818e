import Glibc

/// A tree in the layout of Gentoo's distfiles: half files in 256 folders, half links to them.
struct DistfilesTree {
    let entryCount: Int

    private var fileCount: Int { entryCount / 2 }

    private func folder(_ index: Int) -> String {
        "distfiles/" + (index < 16 ? "0" : "") + String(index, radix: 16)
    }

    private func name(_ number: Int) -> String { "some-package-name-1.\(number).tar.xz" }

    /// Writes it to the file `path` as a plain listing, in the order of the names' numbers, which
    /// is not that of a walk.
    func writeListing(to path: String) {
        guard let file = unsafe fopen(path, "w") else { return }
        defer { unsafe _ = fclose(file) }
        for number in 0..<fileCount {
            let place = "\(folder(number % 256))/\(name(number))"
            let byteCount = number &* 2_654_435_761 % 100_000_000
            let modified = 1_600_000_000 + number * 97 % 99_999_999
            unsafe _ = fputs(
                "\(place)\t\(byteCount)\t\(modified)\n"
                    + "distfiles/\(name(number))\t->\t\(place.dropFirst(10))\n",
                file
            )
        }
    }

    /// Creates it below `root`, with empty files.
    func write(to root: String) {
        unsafe mkdir(root, 0o755)
        unsafe mkdir("\(root)/distfiles", 0o755)
        for index in 0..<256 { unsafe mkdir("\(root)/\(folder(index))", 0o755) }
        for number in 0..<fileCount {
            let place = folder(number % 256)
            let descriptor = unsafe open(
                "\(root)/\(place)/\(name(number))",
                O_CREAT | O_WRONLY,
                0o644
            )
            close(descriptor)
            unsafe _ = symlink(
                "\(place.dropFirst(10))/\(name(number))",
                "\(root)/distfiles/\(name(number))"
            )
        }
    }
}
