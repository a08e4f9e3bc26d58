namespace Hoop.Client;

/// <summary>The error body of /api.</summary>
/// <param name="Message">For a person.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Fields">Messages by member, when there are any.</param>
/// <param name="UsedBy">What names the resource that was not deleted.</param>
/// <param name="Holds">How many things of each kind it holds.</param>
public sealed record ErrorBody(
    string Message,
    string Code,
    IReadOnlyDictionary<string, string>? Fields = null,
    IReadOnlyList<ErrorSubject>? UsedBy = null,
    IReadOnlyDictionary<string, long>? Holds = null);

/// <summary>A resource that an error is about.</summary>
/// <param name="Type">As the audit trail spells it.</param>
/// <param name="Id">As the API spells it.</param>
/// <param name="Name">For people to read.</param>
public sealed record ErrorSubject(string Type, string Id, string Name);

/// <summary>The error body of /v1.</summary>
public sealed record VaultErrorBody(IReadOnlyList<string> Errors);
