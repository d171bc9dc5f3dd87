"""Points, and sums of squared distances to planes, again in plain Python: `native/quadric.hpp` to the last bit."""

Vector = tuple[float, float, float]
#: xx, xy, xz, yy, yz, zz; b; c: of a point p, p A p + 2 b p + c.
Quadric = tuple[float, ...]
#: area * slope, area * value at the origin.
Gradient = tuple[Vector, float]


def plane(n: Vector, d: float, weight: float) -> Quadric:
    m = times(n, weight)
    products = (m[0] * n[0], m[0] * n[1], m[0] * n[2], m[1] * n[1], m[1] * n[2], m[2] * n[2])
    return (*products, *times(m, d), weight * d * d)


def added(q: Quadric, r: Quadric) -> Quadric:
    return tuple(a + b for a, b in zip(q, r, strict=True))


def turned(q: Quadric, p: Vector) -> Vector:
    """Return the matrix of a quadric times a point."""
    xx, xy, xz, yy, yz, zz = q[:6]
    return dot((xx, xy, xz), p), dot((xy, yy, yz), p), dot((xz, yz, zz), p)


def value_at(q: Quadric, p: Vector) -> float:
    return dot(p, turned(q, p)) + 2 * dot((q[6], q[7], q[8]), p) + q[9]


def least(q: Quadric, start: Vector) -> Vector:
    """Return where a quadric is least, pulled a little towards the start: by the inverse of a 3 x 3 matrix."""
    xx, xy, xz, yy, yz, zz = q[:6]
    pull = (xx + yy + zz) * 1e-5
    xx, yy, zz = xx + pull, yy + pull, zz + pull
    first = (yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy)
    second = (first[1], xx * zz - xz * xz, xy * xz - xx * yz)
    third = (first[2], second[2], xx * yy - xy * xy)
    volume = dot((xx, xy, xz), first)
    if not volume > 0:
        return start
    rest = plus(turned(q, start), (q[6], q[7], q[8]))
    return minus(start, times((dot(first, rest), dot(second, rest), dot(third, rest)), 1 / volume))


def joined(a: Gradient, b: Gradient) -> Gradient:
    return plus(a[0], b[0]), a[1] + b[1]


def plus(u: Vector, v: Vector) -> Vector:
    return u[0] + v[0], u[1] + v[1], u[2] + v[2]


def minus(u: Vector, v: Vector) -> Vector:
    return u[0] - v[0], u[1] - v[1], u[2] - v[2]


def times(u: Vector, s: float) -> Vector:
    return u[0] * s, u[1] * s, u[2] * s


def dot(u: Vector, v: Vector) -> float:
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2]


def cross(u: Vector, v: Vector) -> Vector:
    return u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
