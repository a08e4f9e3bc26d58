using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Architecture.Tests.Modules;

/// <summary>A module shows AddX and MapX; everything else is internal, and no class waits to be inherited from.</summary>
internal static class PublicSurface
{
    public static IEnumerable<string> Violations(string module, IReadOnlyCollection<Type> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        var entry = types.SingleOrDefault(type => type.Name == module + "Module");
        if (entry is null)
        {
            yield return $"{module} has no class {module}Module";
        }
        else
        {
            foreach (var problem in EntryProblems(module, entry))
            {
                yield return problem;
            }
        }

        foreach (var type in types.Where(type => type.IsVisible && type != entry))
        {
            yield return $"{type} is public";
        }

        foreach (var type in types.Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false } && !IsGenerated(type)))
        {
            yield return $"{type} is neither sealed nor abstract";
        }
    }

    private static IEnumerable<string> EntryProblems(string module, Type entry)
    {
        var expected = new[]
        {
            $"{nameof(IServiceCollection)} Add{module}({nameof(IServiceCollection)}, {nameof(IConfiguration)})",
            $"{nameof(IEndpointRouteBuilder)} Map{module}({nameof(IEndpointRouteBuilder)})",
        };
        var found = entry.GetMembers(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(Describe).ToArray();
        return found.Except(expected, StringComparer.Ordinal).Select(member => $"{entry} shows {member}")
            .Concat(expected.Except(found, StringComparer.Ordinal).Select(member => $"{entry} lacks {member}"));
    }

    private static string Describe(MemberInfo member) => member is MethodInfo method
        ? $"{method.ReturnType.Name} {method.Name}({string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name))})"
        : member.Name;

    private static bool IsGenerated(Type type) =>
        type.Name.StartsWith('<')
            || type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
            || type.DeclaringType is { } outer
            && IsGenerated(outer);
}
