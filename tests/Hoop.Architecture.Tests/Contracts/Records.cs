using System.Reflection;
using System.Text.RegularExpressions;

namespace Hoop.Architecture.Tests.Contracts;

/// <summary>A record prints all its properties, so one log call of a record with a plain secret is a leak.</summary>
internal static partial class Records
{
    private const string Marker = "the-secret-value";

    public static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is not null;

    public static bool HasSecret(Type type) =>
        type is { IsAbstract: false, ContainsGenericParameters: false } && IsRecord(type) && SecretsOf(type).Any();

    /// <summary>Prints an instance whose secrets hold a known value.</summary>
    public static IEnumerable<string> Leaks(IEnumerable<Type> types)
    {
        foreach (var type in types.Where(HasSecret))
        {
            if (Make(type).ToString()!.Contains(Marker, StringComparison.Ordinal))
            {
                yield return $"{type} prints {string.Join(", ", SecretsOf(type).Select(secret => secret.Name))}: override ToString";
            }
        }
    }

    // Text that is named like a secret. SecretText hides itself; lists, dictionaries and bytes print their type only.
    private static IEnumerable<PropertyInfo> SecretsOf(Type type) => type
        .GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Where(property => Holds(property.PropertyType) && SecretName().IsMatch(property.Name));

    private static bool Holds(Type type) => type == typeof(string);

    private static object Make(Type type)
    {
        var constructor = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(candidate => candidate.GetParameters() is not [{ ParameterType: var only }] || only != type)
            .MaxBy(candidate => candidate.GetParameters().Length)!;
        var made = constructor.Invoke(
            [.. constructor.GetParameters().Select(parameter => ValueOf(parameter.ParameterType, SecretName().IsMatch(parameter.Name!)))]);
        foreach (var secret in SecretsOf(type).Where(property => property.CanWrite))
        {
            secret.SetValue(made, ValueOf(secret.PropertyType, isSecret: true));
        }

        return made;
    }

    private static object? ValueOf(Type type, bool isSecret) => type switch
    {
        _ when type == typeof(string) => isSecret ? Marker : "text",
        _ when type == typeof(Uri) => new Uri("https://example.com"),
        _ when type.IsAssignableFrom(typeof(Dictionary<string, string>)) && type != typeof(object) =>
            new Dictionary<string, string>(StringComparer.Ordinal),
        { IsArray: true } => Array.CreateInstance(type.GetElementType()!, 0),
        { IsGenericType: true, IsInterface: true } when type.IsAssignableFrom(type.GetGenericArguments()[0].MakeArrayType()) =>
            Array.CreateInstance(type.GetGenericArguments()[0], 0),
        { IsValueType: true } => Activator.CreateInstance(type),
        _ when IsRecord(type) => Make(type),
        _ => null,
    };

    [GeneratedRegex("(Token|Key|Secret|Secrets|Credential|Credentials|Password|Assertion|Script)$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
