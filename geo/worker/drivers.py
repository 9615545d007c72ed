"""Which of GDAL's drivers the worker leaves out: all but the one it needs, said in its environment before GDAL is loaded."""

from __future__ import annotations

# Every vector driver of GDAL 3.4 to 3.12 (gdal.org/drivers/vector) and every raster driver that follows references or addresses.
_VECTOR = (
    "ADBC AIVector AmigoCloud Arrow AVCBin AVCE00 CAD Carto Cloudant CouchDB CSV CSW DB2ODBC DGN DWG DXF EDIGEO EEDA Elasticsearch "
    "ESRIJSON FITS FlatGeobuf FileGDB GDALG Geoconcept GeoJSON GeoJSONSeq Geomedia GeoRSS GMLAS GML GMT GNMDatabase GNMFile GPKG "
    "GPSBabel GPX GTFS HANA HTF HTTP IDB Idrisi Interlis_1 Interlis_2 JML JP2OpenJPEG JPEG2000 JSONFG KML LIBKML LIBOPENCAD LVBAG "
    "MBTiles MEM MapML MiraMonVector MongoDBv3 MSSQLSpatial MVT MySQL NAS netCDF NGW OAPIF OCI ODBC ODS OGCAPI OGDI "
    "OGR_GMT OGR_PDS OGR_SOSI OGR_VRT OpenFileGDB OpenJPEG OSM Parquet PCIDSK PDF PDS4 PGDUMP PGeo PLSCENES PMTiles PostgreSQL "
    "REC S57 SEGUKOOA SEGY Selafin SOSI SQLite SUA SVG SXF Tiger TIGER TopoJSON UK_.NTF VDV VFK VICAR VRT Walk WAsP WFS WFS3 XLS "
    "XLSX XODR XPLANE"
)
_SPACED = ("ESRI Shapefile", "MapInfo File", "Interlis 1", "Interlis 2", "UK .NTF", "MSSQL Spatial", "AIVector")
_RASTER = "DAAS EEDAI GTI HTTP NGW OGCAPI PLMOSAIC PLSCENES PostGISRaster RasterLite2 STACIT STACTA TileDB VRT WCS WMS WMTS Zarr"


def skip(but: str) -> str:
    """The drivers to leave out, as OGR_SKIP and GDAL_SKIP take them: by commas, since some names hold spaces."""
    return ",".join(sorted({*_VECTOR.split(), *_SPACED, *_RASTER.split()} - {but}))
