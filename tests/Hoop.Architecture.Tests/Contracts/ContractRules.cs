using System.Reflection;
using System.Runtime.CompilerServices;
using MediatR;

namespace Hoop.Architecture.Tests.Contracts;

/// <summary>Contracts are questions and their answers: data, names of data, and the interfaces of a wire protocol.</summary>
internal static class ContractRules
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Violations(IReadOnlyCollection<Type> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        var own = types.Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)).ToArray();
        return own.SelectMany(Problems).Concat(Unasked(own));
    }

    private static IEnumerable<string> Problems(Type type)
    {
        if (!type.IsVisible)
        {
            return [$"{type} is not public"];
        }

        if (type.IsEnum)
        {
            return [];
        }

        if (type.IsInterface)
        {
            return type.GetMethods().Where(method => !typeof(Task).IsAssignableFrom(method.ReturnType))
                .Select(method => $"{type}.{method.Name} is no call of a wire protocol: it returns no task");
        }

        if (type is { IsAbstract: true, IsSealed: true })
        {
            return type.GetMembers(Declared).Where(member => member is not FieldInfo { IsLiteral: true })
                .Select(member => $"{type}.{member.Name} is no constant");
        }

        return Records.IsRecord(type)
            ? (type.IsSealed ? [] : new[] { $"{type} is not sealed" }).Concat(
                type.GetMethods(Declared).Where(IsBehaviour).Select(method => $"{type}.{method.Name} is behaviour"))
            : [$"{type} is neither a record, an enumeration, constants nor an interface"];
    }

    private static bool IsBehaviour(MethodInfo method) =>
        method.Name != nameof(ToString) && !method.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    // Whatever is neither asked nor part of a question or an answer has another reason to be shared, and that is not what contracts are
    // for.
    private static IEnumerable<string> Unasked(Type[] types)
    {
        var reached = new HashSet<Type>();
        var queue = new Queue<Type>(types.Where(IsRoot));
        while (queue.TryDequeue(out var type))
        {
            if (reached.Add(type))
            {
                foreach (var next in Mentioned(type).Where(types.Contains))
                {
                    queue.Enqueue(next);
                }
            }
        }

        return types.Where(type => !reached.Contains(type)).Select(type => $"{type} is neither asked nor answered");
    }

    private static bool IsRoot(Type type) =>
        type.IsInterface
            || type is { IsAbstract: true, IsSealed: true }
            || typeof(IBaseRequest).IsAssignableFrom(type)
            || typeof(INotification).IsAssignableFrom(type);

    private static IEnumerable<Type> Mentioned(Type type) =>
        type.GetProperties().Select(property => property.PropertyType)
            .Concat(type.GetInterfaces())
            .Concat(
                type.IsInterface
                    ? type.GetMethods().SelectMany(
                        method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType))
                    : [])
            .SelectMany(Parts);

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!) : type.GetGenericArguments().SelectMany(Parts).Append(type);
}
