/// The kinds of trees with known classes of files, named after the project they come from.
///
/// Each is tested with a repository made by the project's own tool; docs/other-projects.md explains
/// how to set one up.
package enum FileProfile: String, CaseIterable, Hashable, Sendable {
    case gentoo, debian, fedora, arch, pypi, ctan, cran, cpan
    /// Files that get new names whenever they change.
    case flat

    /// The profile with this name; nil if there is none.
    package init?(named name: String) {
        guard let profile = Self.allCases.first(where: { $0.rawValue == name }) else { return nil }
        self = profile
    }

    /// All names, for error texts.
    package static var names: String {
        allCases.map { $0.rawValue }.joined(separator: ", ")
    }

    /// The classes of files of such a tree.
    package var classes: FileClasses {
        FileClasses(
            profile: self,
            mutable: mutable.compactMap { PathPattern($0) },
            sets: sets,
            excluded: excluded.compactMap { PathPattern($0) },
            rails: rails,
            indexNames: FileClasses.standardIndexNames
        )
    }

    /// The patterns of mutable files.
    private var mutable: [String] {
        switch self {
        case .gentoo:
            [
                "latest-*.txt", "*/current-*", "/snapshots/*-latest.*", "/distfiles/layout.conf",
                "timestamp.*",
            ]
        case .debian:
            [
                "InRelease", "Release", "Release.gpg", "Packages", "Packages.*", "Sources",
                "Sources.*", "Contents-*", "Translation-*", "Components-*", "Commands-*", "icons-*",
                "Packages.diff/Index", "Sources.diff/Index", "installer-*/current", "project/trace",
                "ls-lR*", "SHA256SUMS", "MD5SUMS",
            ]
        case .fedora:
            [
                "repodata/repomd.xml*", "repodata/primary.*", "repodata/filelists.*",
                "repodata/other.*", "repodata/comps*", "repodata/updateinfo.*", ".treeinfo",
                "treeinfo", "fullfilelist*", "fullfiletimelist*", "imagelist*",
            ]
        case .arch:
            ["*.db", "*.db.*", "*.files", "*.files.*", "lastsync", "lastupdate", "iso/latest"]
        case .pypi: ["simple", "last-modified"]
        case .ctan:
            [
                "timestamp", "FILES.*", "CTAN.sites*", "texlive.tlpdb*", "tlnet/archive",
                "tlnet/install-tl*", "tlnet/update-tlmgr-latest*", "miktex/tm/packages",
            ]
        case .cran: ["PACKAGES*", "TIME*", "contrib/Meta", "/web", "/index.html", "*-release.*"]
        case .cpan:
            [
                "modules/0*", "authors/0*", "CHECKSUMS", "RECENT*", "indices", "MIRRORED.BY",
                "SITES*", "ls-lR*", "/timestamp.txt",
            ]
        case .flat: []
        }
    }

    private var sets: [PathSet] {
        let rows: [(folder: String, names: [String], packages: [String])] =
            switch self {
            case .debian:
                [
                    ("dists/*", [], ["../../pool"]),
                    // A repository without `dists`, all of it in one folder and those below.
                    (
                        "*",
                        [
                            "InRelease", "Release", "Release.gpg", "Packages", "Packages.*",
                            "Sources", "Sources.*",
                        ], ["*.deb", "*/*.deb", "*.dsc", "*/*.dsc"]
                    ),
                ]
            case .fedora: [("repodata", [], [".."])]
            case .arch: [("*", ["*.db", "*.db.*", "*.files", "*.files.*"], ["*.pkg.tar.*"])]
            case .pypi: [("simple/*", [], [])]
            case .ctan: [("tlnet/tlpkg", ["texlive.tlpdb*"], ["../archive"])]
            case .cran:
                [
                    ("contrib", ["PACKAGES*"], ["*.tar.gz"]),
                    ("contrib/*", ["PACKAGES*"], ["*.zip", "*.tgz"]),
                ]
            case .cpan: [("modules", ["0*"], [])]
            case .gentoo, .flat: []
            }
        return rows.compactMap { row in
            PathPattern(row.folder).map { folder in
                PathSet(
                    folder: folder,
                    names: row.names.compactMap { PathPattern($0) },
                    packages: row.packages.compactMap { PackageScope($0) }
                )
            }
        }
    }

    /// Files in preparation, which are not for clients.
    private var excluded: [String] {
        switch self {
        case .gentoo, .ctan, .cran, .flat: []
        case .debian: ["/Archive-Update-*", "*/Archive-Update-*", "*.new"]
        case .fedora: [".repodata*", "repodata.old*"]
        case .arch: ["*.old", "*.old.sig", "*.db.tar.*.lck", "*.db.lck", "*.files.lck"]
        case .pypi: ["/local-stats", "/.lock"]
        case .cpan: ["/tmp", ".mirror-in-progress*"]
        }
    }

    private var rails: FileClasses.ShrinkLimits {
        switch self {
        case .gentoo, .ctan, .cran, .cpan, .pypi: .standard
        // Releases come and go as folders.
        case .debian:
            FileClasses.ShrinkLimits(treePercent: 10, folderPercent: 60, folderFileCount: 50)
        case .fedora:
            FileClasses.ShrinkLimits(treePercent: 25, folderPercent: 75, folderFileCount: 100)
        // Most packages are rebuilt when a common library changes.
        case .arch:
            FileClasses.ShrinkLimits(treePercent: 25, folderPercent: 75, folderFileCount: 100)
        case .flat:
            FileClasses.ShrinkLimits(treePercent: 25, folderPercent: 75, folderFileCount: 20)
        }
    }
}
