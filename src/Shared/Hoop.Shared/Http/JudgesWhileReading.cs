namespace Hoop.Shared.Http;

/// <summary>
/// On a route that asks about its caller again while it reads: its body may take as long as it takes, and no one else judges it.
/// </summary>
public sealed class JudgesWhileReading;
