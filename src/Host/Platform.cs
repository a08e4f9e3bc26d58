// The gateway runs where its private PostgreSQL, its file modes and its signals exist.
[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
