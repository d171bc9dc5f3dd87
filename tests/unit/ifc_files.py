"""IFC files that tests make: text of a project in millimetres or metres, with boxes."""

from typing import Final

HEAD: Final = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('x','2020-01-01T00:00:00',(''),(''),'','','');
FILE_SCHEMA(('{schema}'));
ENDSEC;
DATA;
#1=IFCPROJECT('0aaaaaaaaaaaaaaaaaaaaa',#9,'p',$,$,$,$,(#4),#2);
#2=IFCUNITASSIGNMENT((#3));
#3=IFCSIUNIT(*,.LENGTHUNIT.,{prefix},.METRE.);
#4=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#5,$);
#5=IFCAXIS2PLACEMENT3D(#6,$,$);
#6=IFCCARTESIANPOINT((0.,0.,0.));
#7=IFCDIRECTION((0.,0.,1.));
#8=IFCLOCALPLACEMENT($,#5);
#9=IFCOWNERHISTORY(#10,#13,$,.ADDED.,$,$,$,0);
#10=IFCPERSONANDORGANIZATION(#11,#12,$);
#11=IFCPERSON($,'p',$,$,$,$,$,$);
#12=IFCORGANIZATION($,'o',$,$,$);
#13=IFCAPPLICATION(#12,'1','a','a');
"""
TAIL: Final = "ENDSEC;\nEND-ISO-10303-21;\n"

#: A box of 1000 by 2000 by 3000 of the file's unit, with a corner of its middle at the origin: #20 is its definition.
BOX: Final = """#20=IFCPRODUCTDEFINITIONSHAPE($,$,(#21));
#21=IFCSHAPEREPRESENTATION(#4,'Body','SweptSolid',(#22));
#22=IFCEXTRUDEDAREASOLID(#23,#5,#7,3000.);
#23=IFCRECTANGLEPROFILEDEF(.AREA.,$,#24,1000.,2000.);
#24=IFCAXIS2PLACEMENT2D(#25,$);
#25=IFCCARTESIANPOINT((0.,0.));
"""


def an_ifc(lines: str, *, schema: str = "IFC4", prefix: str = ".MILLI.", box: str = BOX) -> bytes:
    """Return a file with these lines of data; numbers below 100 are taken."""
    return f"{HEAD.format(schema=schema, prefix=prefix)}{box}{lines}\n{TAIL}".encode("ascii")


def a_product(number: int, kind: str = "IFCBUILDINGELEMENTPROXY", *, name: str = "box", shape: str = "#20") -> str:
    """Return the line of a product at the origin with a shape, whose id ends with its number."""
    return f"#{number}={kind}('{guid(number)}',#9,'{name}',$,$,#8,{shape},$,$);\n"


def guid(number: int) -> str:
    """Return the id of the product with a number."""
    return f"1{number:021d}"
