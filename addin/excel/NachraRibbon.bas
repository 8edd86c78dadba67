Option Explicit
' What the ribbon's buttons call. Each is one function of nachra.hosts.macros; Excel's own dialogs are asked here.

Private Sub CallPython(ByVal command As String, Optional ByVal room As String = "nachra.hosts.macros")
    ' xlwings asks the active workbook for its path
    If ActiveWorkbook Is Nothing Then Workbooks.Add
    RunPython "import " & room & " as macros; macros." & command
End Sub

Private Function Quoted(ByVal answer As String) As String
    answer = Replace(Replace(answer, vbCr, " "), vbLf, " ")
    Quoted = "'" & Replace(Replace(answer, "\", "\\"), "'", "\'") & "'"
End Function

Private Function Wording(ByVal key As String) As String
    Dim found As Variant
    found = Application.VLookup(key, ThisWorkbook.Worksheets("nachra.texts").Range("A:B"), 2, False)
    If Not IsError(found) Then Wording = found
End Function

Public Sub NewRelease(control As IRibbonControl)
    CallPython "new_release(" & Quoted(control.Tag) & ")"
End Sub

Public Sub CheckRelease(control As IRibbonControl)
    CallPython "check_release()"
End Sub

Public Sub InsertSheets(control As IRibbonControl)
    CallPython "insert_sheets()"
End Sub

Public Sub BriefRelease(control As IRibbonControl)
    CallPython "brief_release()"
End Sub

Public Sub BriefFolder(control As IRibbonControl)
    Dim folder As String
    ' 4 is msoFileDialogFolderPicker
    With Application.FileDialog(4)
        .Title = Wording("folder_title")
        If .Show <> -1 Then Exit Sub
        folder = .SelectedItems(1)
    End With
    CallPython "brief_folder(" & Quoted(folder) & ")"
End Sub

Public Sub InsertFigure(control As IRibbonControl)
    Dim answer As Variant
    answer = Application.InputBox(Wording("figure_prompt"), Wording("figure_title"), Wording("figure_default"), Type:=2)
    If VarType(answer) = vbBoolean Then Exit Sub
    CallPython "insert_figure(" & Quoted(answer) & ")"
End Sub

Public Sub FreezeFigures(control As IRibbonControl)
    CallPython "freeze()"
End Sub

Public Sub RefreshFigures(control As IRibbonControl)
    CallPython "refresh()"
    Application.CalculateFull
End Sub

Public Sub Diagnose(control As IRibbonControl)
    ' first what can be said without Python
    If LastFailure <> "" Then MsgBox LastFailure, vbExclamation, "nachra"
    CallPython "show()", "nachra.doctor"
End Sub
